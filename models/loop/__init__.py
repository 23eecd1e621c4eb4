"""The whole round: what people said of alarms, labels, a new model, judged against the old."""
