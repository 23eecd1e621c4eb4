"""Pictures and clips the project draws itself."""
