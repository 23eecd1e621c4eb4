"""Files of settings, read strictly: what is wrong is said with its line, and what is allowed."""
