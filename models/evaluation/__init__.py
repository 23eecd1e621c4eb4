"""Honest numbers: recordings with a truth in, recall and false alarms with their bounds out."""
