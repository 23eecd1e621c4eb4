"""What a camera's normal pattern is worth, measured on rendered cameras and their days."""
