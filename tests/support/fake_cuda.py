"""A GPU that is none, and forgives nothing: `edge.backends.nvidia.ports.Cuda` in main memory.

CUDA itself would go on with a freed address, a result read too early or a graph whose addresses
are somebody else's by now, and give wrong numbers seldom enough to pass a test. Here each of them
ends the test. Work is done when the stream is synchronised and not before, and what a copy will
overwrite is full of NaN until then. Addresses are never given out twice.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from edge.backends.nvidia.ports import CudaError, Device, Memory

POISON = 0xFF  # four of them are a NaN
WHOLE_BYTES = 2**30
_CAPTURE_INVALIDATED, _OUT_OF_MEMORY = 901, 2

Held = TypeVar("Held")


class ProtocolBroken(AssertionError):
    """A rule of CUDA's or TensorRT's was broken. No RuntimeError: nobody deals with it."""


@dataclass(frozen=True)
class Work:
    """Something on a stream: what it touches, what starting it does at once, what it does."""

    what: str
    memory: tuple[int, ...]
    begin: Callable[[], None]
    do: Callable[[], None]
    # Raises where a graph that was captured with this may not be started any more.
    replayable: Callable[[], None] = lambda: None


@dataclass
class Stream:
    """Work that waits, and the capture that is being made, if one is."""

    waiting: list[Work] = field(default_factory=list)
    captured: list[Work] | None = None
    spoilt: bool = False


class FakeCuda:
    """`tidy` fails the test unless everything was given back."""

    def __init__(self, whole_bytes: int = WHOLE_BYTES) -> None:
        self.launched = 0
        self._whole_bytes = whole_bytes
        self._handles = itertools.count(0x7F00_0000_0000, 0x1_0000_0000)
        self._device: dict[int, bytearray] = {}
        self._host: dict[int, ctypes.Array[ctypes.c_uint8]] = {}
        self._returned: list[ctypes.Array[ctypes.c_uint8]] = []
        self._streams: dict[int, Stream] = {}
        self._graphs: dict[int, list[Work]] = {}
        self._executables: dict[int, list[Work]] = {}

    def device(self) -> Device:
        return Device("made of paper", "8.7", "12.6", "12.6", self._whole_bytes)

    def memory(self) -> Memory:
        used = sum(len(memory) for memory in self._device.values())
        return Memory(self._whole_bytes - used, self._whole_bytes)

    def malloc(self, size_bytes: int) -> int:
        self._not_while_capturing("malloc")
        if size_bytes > self.memory().free_bytes:
            raise CudaError("cudaMalloc", _OUT_OF_MEMORY, "out of memory")
        address = next(self._handles)
        self._device[address] = bytearray([POISON]) * size_bytes
        return address

    def free(self, address: int) -> None:
        self._release(address)
        self._taken(self._device, address, "device memory")

    def host_alloc(self, size_bytes: int) -> int:
        self._not_while_capturing("host_alloc")
        memory = (ctypes.c_uint8 * size_bytes)()
        ctypes.memset(memory, POISON, size_bytes)
        address = ctypes.addressof(memory)
        self._host[address] = memory
        return address

    def host_free(self, address: int) -> None:
        self._release(address)
        memory = self._taken(self._host, address, "host memory")
        # Not given back in truth: somebody may look at it still, and shall find nothing.
        ctypes.memset(memory, POISON, len(memory))
        self._returned.append(memory)

    def copy_in(self, device: int, host: int, size_bytes: int, stream: int) -> None:
        self._room(device, host, size_bytes)

        def do() -> None:
            to, from_ = self._room(device, host, size_bytes)
            to[:size_bytes] = bytes(from_)[:size_bytes]

        self.put(Work("a copy to the GPU", (device, host), lambda: None, do), stream)

    def copy_out(self, host: int, device: int, size_bytes: int, stream: int) -> None:
        self._room(device, host, size_bytes)

        def begin() -> None:
            _, to = self._room(device, host, size_bytes)
            ctypes.memset(to, POISON, size_bytes)

        def do() -> None:
            from_, to = self._room(device, host, size_bytes)
            ctypes.memmove(to, bytes(from_[:size_bytes]), size_bytes)

        self.put(Work("a copy from the GPU", (device, host), begin, do), stream)

    def stream_create(self) -> int:
        self._not_while_capturing("stream_create")
        handle = next(self._handles)
        self._streams[handle] = Stream()
        return handle

    def stream_synchronize(self, stream: int) -> None:
        found = self.stream(stream)
        self._not_while_capturing("stream_synchronize")
        waiting, found.waiting = found.waiting, []
        for work in waiting:
            work.do()

    def stream_destroy(self, stream: int) -> None:
        found = self.stream(stream)
        if found.waiting or found.captured is not None:
            raise ProtocolBroken("stream destroyed before its work was waited for")
        del self._streams[stream]

    def capture_begin(self, stream: int) -> None:
        found = self.stream(stream)
        if found.captured is not None or found.waiting:
            raise ProtocolBroken("capture begun on a stream that is not at rest")
        found.captured, found.spoilt = [], False

    def capture_end(self, stream: int) -> int:
        found = self.stream(stream)
        if found.captured is None:
            raise ProtocolBroken("capture ended that was not begun")
        captured, found.captured = found.captured, None
        if found.spoilt:
            words = "operation failed due to a previous error during capture"
            raise CudaError("cudaStreamEndCapture", _CAPTURE_INVALIDATED, words)
        graph = next(self._handles)
        self._graphs[graph] = captured
        return graph

    def graph_instantiate(self, graph: int) -> int:
        if graph not in self._graphs:
            raise ProtocolBroken("no such graph")
        executable = next(self._handles)
        self._executables[executable] = self._graphs[graph]
        return executable

    def graph_launch(self, executable: int, stream: int) -> None:
        if executable not in self._executables:
            raise ProtocolBroken("graph started that is not there, or no more")
        self._not_while_capturing("graph_launch")
        self.launched += 1
        for work in self._executables[executable]:
            self._alive(work)
            work.replayable()
            self.put(work, stream)

    def graph_destroy(self, graph: int) -> None:
        self._taken(self._graphs, graph, "graph")

    def executable_destroy(self, executable: int) -> None:
        self._taken(self._executables, executable, "executable")

    def forget_error(self) -> None:
        pass

    # What follows is for the fake of TensorRT and for tests; CUDA has no such calls.

    def stream(self, handle: int) -> Stream:
        """A stream by its handle; the default one is none."""
        if handle not in self._streams:
            raise ProtocolBroken("no such stream, or one destroyed")
        return self._streams[handle]

    def put(self, work: Work, stream: int) -> None:
        """Onto a stream, or into the capture that is being made of it."""
        found = self.stream(stream)
        if found.captured is not None:
            found.captured.append(work)
            return
        work.begin()
        found.waiting.append(work)

    def at(self, address: int, size_bytes: int) -> bytearray:
        """Device memory, at least so large."""
        found = self._device.get(address)
        if found is None:
            raise ProtocolBroken(f"{address:#x} is no device memory, or freed")
        if len(found) < size_bytes:
            raise ProtocolBroken(f"{len(found)} bytes at {address:#x}, {size_bytes} wanted")
        return found

    def tidy(self) -> None:
        """Fails where something was not given back."""
        left = {
            "device memory": len(self._device),
            "host memory": len(self._host),
            "streams": len(self._streams),
            "graphs": len(self._graphs),
            "executables": len(self._executables),
        }
        if leaked := {what: count for what, count in left.items() if count}:
            raise ProtocolBroken(f"not given back: {leaked}")

    def _room(
        self, device: int, host: int, size_bytes: int
    ) -> tuple[bytearray, ctypes.Array[ctypes.c_uint8]]:
        if host not in self._host or len(self._host[host]) < size_bytes:
            raise ProtocolBroken(f"{host:#x} is no pinned memory of {size_bytes} bytes, or freed")
        return self.at(device, size_bytes), self._host[host]

    def _alive(self, work: Work) -> None:
        if gone := [one for one in work.memory if one not in {**self._device, **self._host}]:
            raise ProtocolBroken(f"{work.what} replayed with memory freed: {gone}")

    def _release(self, address: int) -> None:
        """Nobody may be going to touch what is freed."""
        self._not_while_capturing("free")
        waiting = [work for stream in self._streams.values() for work in stream.waiting]
        held = [work for works in self._executables.values() for work in works]
        for kind, works in (("work under way", waiting), ("a graph", held)):
            if any(address in work.memory for work in works):
                raise ProtocolBroken(f"memory freed that {kind} holds")

    def _not_while_capturing(self, call: str) -> None:
        if any(stream.captured is not None for stream in self._streams.values()):
            raise ProtocolBroken(f"{call} during a capture")

    @staticmethod
    def _taken(held: dict[int, Held], handle: int, what: str) -> Held:
        if handle not in held:
            raise ProtocolBroken(f"{what} freed that is not there, or twice")
        return held.pop(handle)
