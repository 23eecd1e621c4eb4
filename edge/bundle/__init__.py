"""One archive that installs floorwatch on a device where there is no network.

Made on a workstation: `make` orders the steps; `target` says what the device runs, `own_wheel` and
`wheels` fetch what is installed there, `complete` shows that nothing is missing, `inventory` lists
it with licences, `site` takes the site file along, `archive` packs. On the device `install.sh` does
the rest with nothing but a POSIX shell and Python.
"""
