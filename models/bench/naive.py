"""What a user would write: OpenCV reads every picture, each third is shrunk, and torch looks at it,
one picture at a time, with the threads that both take by themselves.

And, where it is installed, the same through `ultralytics` with a network of its own of about that
size. Its weights are drawn: nothing is downloaded, and how fast it is does not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from threading import Event as StopEvent
from typing import Any

import cv2
import numpy as np

from edge.backends import trial
from edge.cores import one_thread_a_picture
from edge.ports import PictureBatch
from edge.zoo import Model
from models.bench.decoding import Streams, threads
from models.bench.rounds import Contender, Done

Look = Callable[[PictureBatch], object]
_YOLO, _YOLO_FILE = "ultralytics", "yolo11n.yaml"


def missing_torch() -> str:
    """Why torch cannot be compared with; empty where it can."""
    lacking = [name for name in ("torch", "onnx") if find_spec(name) is None]
    return f"{' and '.join(lacking)} not installed (extra train)" if lacking else ""


@cache
def missing_ultralytics() -> str:
    """Why ultralytics cannot be compared with; empty where it can. Tried with a picture, and with
    what it imports for videos: PyPI's torchvision is not for a torch built for processors alone."""
    if not find_spec(_YOLO):
        return "ultralytics is not installed"
    try:
        import_module("torchvision")
        _yolo().predict(np.zeros((64, 64, 3), np.uint8), imgsz=64, device="cpu", verbose=False)
    except (ImportError, OSError, RuntimeError) as error:
        return f"ultralytics does not work here ({trial.one_line(error)})"
    return ""


def eager(model: Model, device: str = "cpu") -> Look:
    """The model's network and weights in eager torch: N×H×W×3 uint8 in, its outputs out. `device`
    is torch's name. Raises NoWeights where the file is not of this floorwatch's network."""
    import torch  # noqa: PLC0415  (not everybody has the extra)

    from models import weights  # noqa: PLC0415  (as is this)

    network = weights.of_onnx(model.path).eval().to(device)

    def look(batch: PictureBatch) -> object:
        with torch.inference_mode():
            images = torch.from_numpy(batch).to(device).permute(0, 3, 1, 2).float()
            return [out.cpu() for out in network(images)]

    return look


def cuda() -> str:
    """The GPU torch computes on; empty where there is none."""
    import torch  # noqa: PLC0415  (not everybody has the extra)

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else ""


def loop(name: str, streams: Streams, model: Model, look: Look) -> Contender:
    """Source frames read and, where sampled, looked at; one stream, since loops have one."""
    spec = model.card.input

    @contextmanager
    def running() -> Iterator[Done]:
        read = [0]

        def body(stop: StopEvent) -> None:
            while not stop.is_set():
                _play(stop)

        def _play(stop: StopEvent) -> None:
            video = cv2.VideoCapture(str(streams.clip))
            number = 0
            while not stop.is_set():
                there, bgr = video.read()
                if not there:
                    break
                if number % round(streams.each) == 0:
                    look(_fitted(bgr, spec.width, spec.height, spec.pad))
                number += 1
                read[0] += 1
            video.release()

        with _all_threads(), threads([body]):
            yield lambda: read[0]

    return Contender(name, running, warm=2 * streams.each)


def ultralytics(name: str, streams: Streams, width: int) -> Contender:
    """Source frames that its own streaming loop went through, sampled alike."""

    @contextmanager
    def running() -> Iterator[Done]:
        looked, network = [0], _yolo()

        def body(stop: StopEvent) -> None:
            stride = round(streams.each)
            wanted: dict[str, Any] = {
                "stream": True, "vid_stride": stride, "imgsz": width, "verbose": False,
                "device": "cpu",
            }  # fmt: skip
            while not stop.is_set():
                for _ in network.predict(str(streams.clip), **wanted):
                    looked[0] += 1
                    if stop.is_set():
                        return

        with _all_threads(), threads([body]):
            yield lambda: looked[0] * streams.each

    return Contender(name, running, warm=2 * streams.each)


@contextmanager
def _all_threads() -> Iterator[None]:
    """OpenCV as it is by itself; the daemon's way of a picture gives it one thread."""
    cv2.setNumThreads(-1)
    try:
        yield
    finally:
        one_thread_a_picture()


def _yolo() -> Any:
    """A network of ultralytics', its weights drawn."""
    from ultralytics import YOLO  # type: ignore[import-not-found]  # noqa: PLC0415  (an extra of nobody)

    return YOLO(_YOLO_FILE)


def _fitted(bgr: Any, width: int, height: int, pad: int) -> PictureBatch:
    """The picture inside the network's input, in RGB: 1×H×W×3."""
    tall, wide = bgr.shape[:2]
    scale = min(width / wide, height / tall)
    size = round(wide * scale), round(tall * scale)
    rgb = cv2.cvtColor(cv2.resize(bgr, size), cv2.COLOR_BGR2RGB)
    batch = np.full((1, height, width, 3), pad, np.uint8)
    batch[0, : size[1], : size[0]] = rgb
    return batch
