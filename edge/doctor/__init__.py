"""`floorwatch doctor`: everything a technician would look at on the device, with a verdict each."""
