"""Many recordings are looked at by several processes, and never twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edge.errors import BadClip
from edge.sources.pattern import Mark
from models.evaluation.looking import Done, look
from models.evaluation.recording import Recording
from models.evaluation.trace import Trace
from models.evaluation.workers import Network
from tests.models.evaluation.films import FALL, LIQUID, film, network, recording, setup
from tests.models.evaluation.test_traces import same
from tests.support.until import until

HERE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return network(tmp_path_factory.mktemp("net"))


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, ...]:
    folder = tmp_path_factory.mktemp("four")
    quiet: tuple[Mark, ...] = ()
    kinds = {"fall": FALL, "wet": LIQUID, "quiet": quiet}
    found = [
        recording(film(folder / f"{name}.mp4", marks, 7.0), 7.0) for name, marks in kinds.items()
    ]
    return (*found, recording(film(folder / "long.mp4", FALL, 15.0), 15.0))


def seen(net: Network, recordings: tuple[Recording, ...], cache: Path, jobs: int) -> list[Trace]:
    how = setup(net, hold_last_s=2.0)
    found = look(recordings, lambda _: how, net, cache=cache, jobs=jobs)
    assert list(found) == [one.key for one in recordings]
    return list(found.values())


def test_one_process_or_two_or_a_second_time_is_all_the_same(
    net: Network, four: tuple[Recording, ...], tmp_path: Path
) -> None:
    one = seen(net, four, tmp_path / "one", 1)
    two = seen(net, four[::-1], tmp_path / "two", 2)[::-1]
    again = seen(net, four, tmp_path / "two", 2)
    assert one[0].strongest("collapse").max() > 0.5
    assert one[1].strongest("spill").max() > 0.5
    for first, second, third in zip(one, two, again, strict=True):
        assert same(first, second)
        assert same(first, third)
    files = [
        {path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in ("one", "two")
    ]
    assert files[0] == files[1]


def test_only_what_is_missing_or_damaged_is_looked_at(
    net: Network, four: tuple[Recording, ...], tmp_path: Path
) -> None:
    before = seen(net, four[:3], tmp_path, 2)
    first, second, _ = sorted(tmp_path.iterdir())
    first.write_bytes(first.read_bytes()[:-1])
    second.unlink()
    told: list[Done] = []
    how = setup(net, hold_last_s=2.0)
    found = look(four[:3], lambda _: how, net, cache=tmp_path, jobs=1, progress=told.append)
    assert {(done.kept, done.recordings_all) for done in told} == {(1, 3)}
    assert told[-1] == Done(3, 3, 1, pytest.approx(14.0, abs=0.5), 14.0)  # type: ignore[arg-type]
    assert all(same(*pair) for pair in zip(before, found.values(), strict=True))


def test_the_same_content_is_looked_at_once(
    net: Network, four: tuple[Recording, ...], tmp_path: Path
) -> None:
    copy = film(tmp_path / "clips" / "copy.mp4", FALL, 7.0)
    found = seen(net, (four[0], recording(copy, 7.0)), tmp_path / "cache", 2)
    assert same(*found)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_all_that_cannot_be_read_is_said_before_anything_is_looked_at(
    net: Network, four: tuple[Recording, ...], tmp_path: Path
) -> None:
    texts = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for path in texts:
        path.write_text(f"{path.name} is no video")
    bad = [recording(path, 1.0) for path in texts]
    with pytest.raises(BadClip) as error:
        seen(net, (bad[0], four[0], bad[1]), tmp_path / "cache", 2)
    lines = str(error.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [str(path) for path in texts]
    assert not (tmp_path / "cache").exists()


def test_nothing_to_look_at_is_nothing_seen(net: Network, tmp_path: Path) -> None:
    assert seen(net, (), tmp_path, 2) == []


# short.mp4, and long.mp4, whose last picture is held for most of a day.
LOOK = """
import sys
from pathlib import Path
from models.evaluation.looking import look
from tests.models.evaluation.films import network, recording, setup

def main():
    folder = Path(sys.argv[1])
    net = network(folder)
    clips = [recording(path, 7.0) for path in sorted(folder.glob("*.mp4"))]
    how = {"short.mp4": setup(net), "long.mp4": setup(net, hold_last_s=86_000.0)}
    look(clips, lambda of: how[of.name], net, cache=folder / "cache", jobs=2)

if __name__ == "__main__":
    main()
"""


class Looking:
    """A process that has looked at short.mp4, and looks at long.mp4 with another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("short", "long"):
            film(folder / f"{name}.mp4", FALL if name == "short" else LIQUID)
        (folder / "look.py").write_text(LOOK)
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "look.py"), str(folder)],
            env={**os.environ, "PYTHONPATH": str(HERE)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        until(self._one_is_done, "short.mp4 was looked at", 60)
        self.workers = self._workers()

    def _one_is_done(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()[1]
        return bool(list(self._folder.glob("cache/*.trace")))

    def _workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        found = [int(pid) for task in tasks for pid in task.read_text().split()]
        return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def worker_at_work(self) -> int:
        """The one that has used the most of the processor."""

        def ticks(pid: int) -> int:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])

        return max(self.workers, key=ticks)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Looking]:
    found = Looking(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.kill()
    found.process.communicate()


def gone(pids: list[int]) -> bool:
    """Whether all have ended, buried or not."""
    states = [path.read_text() for pid in pids if (path := Path(f"/proc/{pid}/status")).exists()]
    return all("\nState:\tZ" in state for state in states)


def test_what_was_done_before_a_kill_is_not_done_again(
    process: Looking, net: Network, tmp_path: Path
) -> None:
    process.process.kill()
    until(partial(gone, process.workers), "the workers end with their parent")
    [kept] = (tmp_path / "cache").glob("*.trace")
    before = kept.stat().st_ino
    short = (recording(tmp_path / "short.mp4", 7.0),)
    told: list[Done] = []
    how = setup(net)
    found = look(short, lambda _: how, net, cache=tmp_path / "cache", progress=told.append)
    anew = look(short, lambda _: how, net, cache=tmp_path / "anew")
    assert told == []  # nothing was left to do
    assert kept.stat().st_ino == before
    assert same(found[short[0].key], anew[short[0].key])


def test_ctrl_c_ends_all_at_once_and_keeps_what_is_done(process: Looking, tmp_path: Path) -> None:
    os.killpg(process.process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.process.communicate(timeout=20)
    assert said.count("Traceback") == 1  # the script's own: nobody catches it there
    last = said.splitlines()[-1]
    assert last.endswith(
        "Interrupted: interrupted: 1 of 2 recordings are kept; run it again to go on"
    )
    assert gone(process.workers)
    assert len(list((tmp_path / "cache").glob("*.trace"))) == 1


def test_a_worker_that_is_killed_is_told_with_what_it_looked_at(process: Looking) -> None:
    os.kill(process.worker_at_work(), signal.SIGKILL)
    _, said = process.process.communicate(timeout=20)
    last = said.splitlines()[-1]
    assert "WorkerLost: a worker was killed" in last
    assert "long.mp4" in last
    assert "short.mp4" not in last
    assert gone(process.workers)
