"""The formats of the way out: one module for each kind of file that a release holds."""
