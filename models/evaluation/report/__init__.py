"""The page of an evaluation: the verdict in words, curves, timelines, and the errors to look at."""
