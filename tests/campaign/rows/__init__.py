"""The rows of the campaign, one kind of fault a module."""
