from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from alerts.desk.ports import StepFailed
from alerts.desk.steps.command import CommandStep, Program
from alerts.errors import UserError
from tests.support.pages import a_page
from tests.support.until import until

Make = Callable[..., CommandStep]


@pytest.fixture
def step(tmp_path: Path) -> Make:
    def make(
        script: str, timeout_s: float = 10.0, environment: tuple[str, ...] = ()
    ) -> CommandStep:
        path = tmp_path / "tell"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        path.chmod(0o700)
        return CommandStep(Program((str(path), "$HOME", "; rm x"), timeout_s, environment))

    return make


def failed(step: CommandStep) -> StepFailed:
    with pytest.raises(StepFailed) as told:
        step.send(a_page())
    return told.value


def test_it_gets_the_page_and_its_parts_and_no_shell_reads_its_arguments(
    step: Make, tmp_path: Path
) -> None:
    script = 'cat > page; env > env; printf "%s|" "$@" > args; printf %s "$FLOORWATCH_TEXT" > text'
    page = a_page(zone=None, repeat=True, subject='"; touch x; $(touch y)')
    step(script).send(page)
    assert json.loads((tmp_path / "page").read_text()) == json.loads(page.to_json())
    assert (tmp_path / "args").read_text() == "$HOME|; rm x|"
    assert (tmp_path / "text").read_text() == page.text
    said = (tmp_path / "env").read_text()
    for name, value in (
        ("PAGE_ID", page.page_id), ("SUBJECT", page.subject), ("REPEAT", "true"), ("ZONE", ""),
    ):  # fmt: skip
        assert f"FLOORWATCH_{name}={value}\n" in said
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "y").exists()


def test_our_own_secrets_are_not_handed_on_and_what_it_needs_is(
    step: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOORWATCH_MQTT_PASSWORD", "hunter2")
    monkeypatch.setenv("PAGER_TOKEN", "for the pager")
    step("env > env", environment=("PAGER_TOKEN", "NOT_SET")).send(a_page())
    said = (tmp_path / "env").read_text()
    assert "hunter2" not in said
    assert "PAGER_TOKEN=for the pager" in said


@pytest.mark.parametrize(("status", "retry"), [(75, True), (1, False), (2, False), (127, False)])
def test_its_exit_says_whether_to_try_again(step: Make, status: int, retry: bool) -> None:
    told = failed(step(f"echo the pager is broken; exit {status}"))
    assert (told.retry, told.perhaps_told) == (retry, False)
    assert f"exited with {status} and said: the pager is broken" in str(told)


def test_ended_by_a_signal_nobody_knows(step: Make) -> None:
    told = failed(step("kill -9 $$"))
    assert told.retry
    assert told.perhaps_told


def test_when_its_time_is_up_it_is_killed_with_all_it_started(step: Make, tmp_path: Path) -> None:
    told = failed(step("trap '' TERM; sleep 60 & echo $! > child; wait", timeout_s=1.0))
    assert "killed after 1 s" in str(told)
    child = int((tmp_path / "child").read_text())
    until(lambda: not running(child), "what it started is gone too")


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # nobody may be there to bury it


def test_what_it_leaves_running_does_not_hold_us_up(step: Make, tmp_path: Path) -> None:
    step("sleep 60 & echo $! > child").send(a_page())
    child = int((tmp_path / "child").read_text())
    assert running(child)
    os.kill(child, 9)


@pytest.mark.parametrize(
    "script", ["yes", "head -c 3000000 /dev/zero; exit 1", "exec >&- 2>&- <&-; sleep 60"]
)
def test_however_much_it_says_little_is_kept_and_told(step: Make, script: str) -> None:
    assert len(str(failed(step(script, timeout_s=1.0)))) < 300


def test_it_need_not_read_what_it_is_given(step: Make) -> None:
    step("exec <&-; exit 0").send(a_page(text="x" * 1500))


def test_a_program_that_went_away_is_for_good(step: Make, tmp_path: Path) -> None:
    made = step("exit 0")
    (tmp_path / "tell").unlink()
    assert not failed(made).retry


def test_no_files_and_no_dead_processes_are_left(step: Make) -> None:
    made = step("exit 0")
    made.send(a_page())
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(5):
        made.send(a_page())
    assert set(os.listdir("/proc/self/fd")) == before
    ps = shutil.which("ps")
    assert ps is not None
    listed = subprocess.run([ps, "--ppid", str(os.getpid()), "-o", "stat="],
                            capture_output=True, text=True, check=False)  # fmt: skip
    assert "Z" not in listed.stdout


@pytest.mark.parametrize("argv", [(), ("",), ("/nowhere/tell",), ("no-such-program-here",)])
def test_what_is_no_program_is_told_at_the_start(argv: tuple[str, ...]) -> None:
    with pytest.raises(UserError):
        CommandStep(Program(argv))


def test_so_is_a_file_that_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "tell").write_text("#!/bin/sh\n")
    with pytest.raises(UserError, match="full path"):
        CommandStep(Program((str(tmp_path / "tell"),)))
