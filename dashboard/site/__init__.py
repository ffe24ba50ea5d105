"""The static pages of a release: what the public loads first."""
