"""Everyone who listens: console, journal, and whoever comes."""
