"""`floorwatch bench`: how fast this machine is, and how near that is to what it could be."""
