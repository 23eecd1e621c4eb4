"""Pure values and functions: no threads, no files, no clocks."""
