"""The analysts' desk: a process of its own, behind a sign-in. One module a page."""
