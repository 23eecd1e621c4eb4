"""How much of the machine this process may use."""

from __future__ import annotations

import os

import cv2


def cores() -> int:
    """How many processor cores it may run on, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def one_thread_a_picture() -> None:
    """OpenCV works on each picture with one thread, not with all: the cameras fill the cores, and
    a small picture costs twice the processor time where threads share it. For a whole process."""
    cv2.setNumThreads(1)
