"""The contract as files, for other people's programs: made from the types, never written by hand.

`python -m alerts.contract --write` makes them again.
"""
