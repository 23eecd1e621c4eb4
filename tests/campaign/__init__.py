"""The campaign: long fault tests of the whole thing, apart from `make test`.

`python -m tests.campaign --list` names its rows; `make campaign` runs them all.
"""
