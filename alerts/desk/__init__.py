"""The desk: keeps what became of every event, and sees to it that somebody is told."""
