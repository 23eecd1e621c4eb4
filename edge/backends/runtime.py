"""ONNX Runtime, silenced. Everybody takes it from here.

Newer packages of it count what runs on the machine (a device id, paths, the processor) and send
that to Microsoft; where they cannot, it piles up below `~/.cache/Microsoft`. What leaves a device
goes to its own broker and nowhere else. Only this variable, set before the library is loaded, stops
it: `onnxruntime.disable_telemetry_events()` comes too late (tried with 1.31.1).
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

__all__ = ["ort"]
