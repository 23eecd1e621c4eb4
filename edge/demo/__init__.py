"""`floorwatch demo`: the daemon with two recordings for cameras, and a broker of its own."""
