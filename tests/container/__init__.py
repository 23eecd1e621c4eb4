"""Dockerfile.jetson without an engine for containers: read, checked by name, and rehearsed."""
