"""Frame to event, on the device. Uses `alerts`; never sees torch."""
