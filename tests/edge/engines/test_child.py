"""The process that builds: what it says is heard, how it ends is told, and it ends when we do."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from edge.engines import toolchain
from edge.engines.faults import NoEngine
from edge.engines.parent import COMMAND, Announcer, Stopped, have_ready
from edge.engines.request import Request
from tests.support.until import until
from tests.support.yellow import yellow_model

REQUEST = Request(Path("/srv/model"), Path("/srv/engines"), ("fp16", "fp32"), again=True)


def python(program: str) -> tuple[str, ...]:
    """A child of ours that does something else."""
    return (
        sys.executable,
        "-c",
        f"import json, os, sys, time\nline = sys.stdin.readline()\n{program}",
    )


def heard(program: str) -> list[tuple[str, float]]:
    told: list[tuple[str, float]] = []
    have_ready(REQUEST, Event(), lambda *one: told.append(one), python(program))
    return told


def test_it_is_told_what_to_do_and_says_how_it_goes() -> None:
    program = (
        'print(json.dumps({"doing": line.strip(), "done": 0.5}))\n'
        'print("a library says hello")\n'
        'print(json.dumps({"ready": "first-fp16-0"}), flush=True)'
    )
    told = [doing for doing, done in heard(program) if done == 0.5]
    assert Request.from_json(told[0]) == REQUEST
    assert have_ready(REQUEST, Event(), lambda *_: None, python(program)) == "first-fp16-0"


def test_a_key_pressed_at_the_console_reaches_us_alone() -> None:
    """Else its traceback would stand below ours."""
    program = 'print(json.dumps({"ready": str(os.getsid(0) == os.getpid())}), flush=True)'
    assert have_ready(REQUEST, Event(), lambda *_: None, python(program)) == "True"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ('print(json.dumps({"refused": "no room"}))', "^no room$"),
        ("os.abort()", "crashed .SIGABRT."),
        (f"os.kill(os.getpid(), {int(signal.SIGKILL)})", "too little memory"),
        ("sys.exit(3)", "exit code 3"),
        ('sys.stdout.write("cut sh")', "exit code 0"),
    ],
)
def test_how_it_ends_is_one_line(program: str, said: str) -> None:
    with pytest.raises(NoEngine, match=said):
        heard(program)


def test_a_stop_kills_it_at_once(tmp_path: Path) -> None:
    stop, pid = Event(), tmp_path / "pid"
    program = f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"

    def progress(_doing: str, _done: float) -> None:
        if pid.exists() and pid.read_text():
            stop.set()

    with pytest.raises(Stopped):
        have_ready(REQUEST, stop, progress, python(program))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_our_own_refuses_in_one_line_where_there_is_no_gpu(tmp_path: Path) -> None:
    try:
        toolchain.find()
    except NoEngine as fault:
        why = str(fault)
    else:
        pytest.skip("there is a GPU here, and TensorRT")
    model = yellow_model(tmp_path / "model")
    request = Request(model.path.parent, tmp_path / "engines", ("fp32",))
    with pytest.raises(NoEngine) as refused:
        have_ready(request, Event(), lambda *_: None)
    assert str(refused.value) == why
    with pytest.raises(NoEngine, match=r"card\.json cannot be read"):
        have_ready(Request(tmp_path, tmp_path / "engines", ("fp32",)), Event(), lambda *_: None)


def test_what_lies_where_we_were_started_is_not_imported(tmp_path: Path) -> None:
    """`sudo floorwatch …` in somebody's folder must not run what that somebody put there."""
    for name in ("edge", "alerts", "json"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("import os\nos._exit(77)\n")
    program = (
        "import sys\nsys.path.remove('')\n"
        "from pathlib import Path\nfrom threading import Event\n"
        "from edge.engines.faults import NoEngine\n"
        "from edge.engines.parent import have_ready\nfrom edge.engines.request import Request\n"
        "try:\n"
        "    have_ready(Request(Path('m'), Path('e'), ('fp32',)), Event(), lambda *_: None)\n"
        "except NoEngine as fault:\n"
        "    print(fault)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert f"model {tmp_path}/m: card.json cannot be read" in done.stdout


def test_it_steps_back_and_ends_with_who_started_it(tmp_path: Path) -> None:
    """Its parent here is a process of its own, which dies as a daemon does: without a word."""
    program = (
        "import os, subprocess, sys\n"
        "from edge.engines import child\n"
        "child.step_back()\n"
        "print(os.nice(0), open('/proc/self/oom_score_adj').read().strip(), flush=True)\n"
        "import threading\n"
        "threading.Thread(target=child._end_with_parent).start()\n"
        "threading.Event().wait(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        nice, _oom = process.stdout.readline().split()
        assert int(nice) >= min(19, os.nice(0) + 10)
        assert process.poll() is None
        process.stdin.close()
        until(lambda: process.poll() is not None, "it ends")
        assert process.returncode == 1


def test_the_log_is_told_every_ten_seconds_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    announce = Announcer()
    for _ in range(100):
        announce("building", 0.5)
    assert caplog.text == ""
    announce._said_s -= 11
    announce("building the fp16 engine: timing tactics", 0.5)
    announce("building", 0.6)
    assert "building the fp16 engine: timing tactics, 50 % done; the processor" in caplog.text
    assert len(caplog.records) == 1


def test_the_command_is_a_module_of_ours() -> None:
    assert COMMAND[1:] == ("-m", "edge.engines.child")
