"""What do people's decisions teach: which items come first, which tags a text has, and when enough was read?

Plain functions over arrays and texts: nothing is fetched or stored, no clock is read, the same decisions always teach
the same. Measured by `python -m benchmarks.ranking`; why these models: docs/decisions/0009.
"""
