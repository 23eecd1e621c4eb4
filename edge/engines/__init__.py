"""TensorRT engines: built on the device they run on, kept, tested, and never trusted unseen."""
