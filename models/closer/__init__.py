"""A network for second looks alone: close-ups of one place instead of a whole view."""
