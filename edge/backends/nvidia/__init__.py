"""What stands between `edge.backends.tensorrt` and the GPU."""
