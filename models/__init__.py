"""Data to network to artefact to numbers, on a workstation. Uses `edge` and `alerts`."""
