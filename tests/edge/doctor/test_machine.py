"""How a device is looked at: nothing that is missing, forbidden or hanging stops the doctor."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from edge.doctor.cgroup import Allowance, allowance
from edge.doctor.examination import Part, examine
from edge.doctor.finding import Finding, Group, counted
from edge.doctor.machine import Machine
from edge.doctor.patience import Attempt, Failed
from tests.edge.doctor.devices import device, install


def test_what_is_missing_is_none_and_what_is_there_is_tidied(tmp_path: Path) -> None:
    machine = device(tmp_path, {"/proc/model": "Jetson\0\n", "/sys/count": "12\n", "/sys/a/b": "x"})
    assert machine.text("/proc/model") == "Jetson"
    assert machine.number("/sys/count") == 12
    assert machine.text("/proc/none") is None
    assert machine.number("/proc/model") is None
    assert machine.text("/sys/count/below") is None
    assert machine.text("/sys/a") is None  # a folder
    assert machine.paths("/sys/*/b", "/proc/mod*") == ["/sys/a/b", "/proc/model"]
    assert not machine.refused


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_remembered(tmp_path: Path) -> None:
    machine = device(tmp_path, {"/sys/secret": "1"})
    (tmp_path / "sys/secret").chmod(0)
    assert machine.text("/sys/secret") is None
    assert machine.refused == {"/sys/secret"}


def test_programs_are_those_of_the_device_and_have_a_limit(tmp_path: Path) -> None:
    machine = device(tmp_path, {}, {"nvpmodel": "NV Power Mode: 15W\n0"})
    install(tmp_path, "hangs", "exec sleep 60")
    install(tmp_path, "fails", "echo no right >&2; exit 3")
    said = machine.run("nvpmodel", "-q")
    assert said is not None
    assert (said.code, said.out) == (0, "NV Power Mode: 15W\n0")
    failed = machine.run("fails")
    assert failed is not None
    assert (failed.code, failed.err) == (3, "no right")
    assert machine.run("hangs", seconds=0.1) is None
    assert machine.run("python3") is None  # ours, not the device's
    assert Machine().run("sh", "-c", "echo $LC_ALL") is not None


def test_packages_that_were_removed_do_not_count(tmp_path: Path) -> None:
    rows = "libnvinfer10\t10.3.0.30-1+cuda12.5\tinstalled\nold\t1.0\tconfig-files\n"
    machine = device(tmp_path, {}, {"dpkg-query": rows})
    assert machine.packages("libnvinfer10", "old") == {"libnvinfer10": "10.3.0.30-1+cuda12.5"}


def test_a_part_that_hangs_is_given_up_and_told(tmp_path: Path) -> None:
    free = threading.Event()

    def hang() -> Finding:
        free.wait(60)
        return Group("disk").good("room", "late")

    found = examine(Part("disk", lambda: iter([hang()]), seconds=0.05))
    free.set()
    assert [(one.group, one.check, one.verdict) for one in found] == [("disk", "patience", "look")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_part_is_told_and_the_others_go_on() -> None:
    with pytest.raises(Failed, match="x"):
        Attempt("x", lambda: int("x")).result(5)
    found = examine(Part("disk", lambda: iter([Group("disk").good("room", str(int("x")))])))
    assert [(one.group, one.check, one.verdict) for one in found] == [("disk", "fault", "look")]


def test_the_tightest_limit_of_a_container_counts(tmp_path: Path) -> None:
    # As in a service of systemd, below a slice with a limit of its own.
    files = {
        "/proc/self/cgroup": "0::/system.slice/floorwatch.service\n",
        "/sys/fs/cgroup/system.slice/cpu.max": "400000 100000\n",
        "/sys/fs/cgroup/system.slice/floorwatch.service/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/system.slice/memory.max": "max\n",
        "/sys/fs/cgroup/system.slice/floorwatch.service/memory.max": "1073741824\n",
        "/sys/fs/cgroup/system.slice/floorwatch.service/pids.max": "512\n",
    }
    assert allowance(device(tmp_path, files)) == Allowance(4.0, 2**30, 512)


def test_limits_of_the_older_control_groups_count_too(tmp_path: Path) -> None:
    files = {
        "/proc/self/cgroup": "4:memory:/docker/ab\n2:cpu,cpuacct:/docker/ab\n0::/\n",
        "/sys/fs/cgroup/cpu/docker/ab/cpu.cfs_quota_us": "150000\n",
        "/sys/fs/cgroup/cpu/docker/ab/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }
    assert allowance(device(tmp_path, files)) == Allowance(1.5, None, None)


def test_all_verdicts_are_counted() -> None:
    group = Group("x")
    found = [group.good("a", "a"), group.good("b", "b"), group.bad("c", "c", "why")]
    assert counted(found) == {"good": 2, "look": 0, "bad": 1, "not_applicable": 0}
