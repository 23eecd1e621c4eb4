"""Which cells of a picture are liquid in truth, on the coarse grid of the network's map."""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from alerts.errors import UserError
from models.evaluation.recording import Recording

Cells = NDArray[np.bool_]


class BadMask(UserError):
    """A picture's mask cannot be read."""


def wet(recording: Recording, shape: tuple[int, ...]) -> Cells | None:
    """The cells (rows × columns) of which more than half is liquid, by the recording's mask or its
    outline; None where the truth has neither. Raises BadMask."""
    if recording.mask is not None:
        full = _drawn(recording)
    elif recording.outline:
        full = _filled(recording)
    else:
        return None
    return np.asarray(cv2.resize(full, shape[::-1], interpolation=cv2.INTER_AREA) > 0.5)


def overlap(real: Cells, said: Cells) -> float:
    """Intersection over union; 0 where neither has a cell."""
    return float((real & said).sum() / max((real | said).sum(), 1))


def _drawn(recording: Recording) -> NDArray[np.float32]:
    picture = cv2.imread(str(recording.mask), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadMask(
            f"{recording.mask}: not a picture; the mask of {recording.name} has to be one"
        )
    return np.asarray((picture > 0).any(axis=2), np.float32)


def _filled(recording: Recording) -> NDArray[np.float32]:
    try:
        with av.open(str(recording.path)) as container:
            stream = container.streams.video[0]
            height, width = stream.height, stream.width
    except (FFmpegError, IndexError) as error:
        raise BadMask(f"{recording.name}: its size cannot be read: {error}") from error
    full = np.zeros((height, width), np.uint8)
    for polygon in recording.outline:
        corners = np.round(np.array(polygon).reshape(-1, 1, 2)).astype(np.int32)
        cv2.fillPoly(full, [corners], 1)
    return full.astype(np.float32)
