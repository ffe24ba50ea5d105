"""A small invented web and a small invented tracker, so that everything can be tried without the internet."""
