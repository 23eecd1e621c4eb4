"""A model in less than 32 bits: `model.fp16.onnx` and `model.int8.onnx`, and what they cost."""
