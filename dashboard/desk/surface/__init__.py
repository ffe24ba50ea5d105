"""The triage surface: a component in the browser, fed with leased items, emptied through an outbox (decision 0012)."""
