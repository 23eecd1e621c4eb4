"""The desk: it keeps who takes care of each alert, and calls the next one until somebody does."""
