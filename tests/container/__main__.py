"""Builds and runs Dockerfile.jetson without an engine for containers: `python -m tests.container`.

Every step is carried out in its order, as root, in overlays over this machine's own Debian or
Ubuntu in place of NVIDIA's image; then the daemon runs as the image's user, without capabilities,
on a read-only root, and the health check's own command asks it. By hand: it installs packages from
apt and PyPI, a minute or two. What it cannot show: NVIDIA's images, their TensorRT packages (left
out, and said) and the devices.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template

import yaml

from tests.container.layers import Layer, own_disk
from tests.container.recipe import Stage, Step, exec_form, pairs, stages, way_to
from tests.house.tree import ROOT
from tests.support.mosquitto import free_port
from tests.support.until import until

_STARTS_S, _SEES_S, _STOPS_S = 120.0, 120.0, 10.0
_MEGABYTE = 1e6
_DISK_BYTES_MAX = 8 * 2**30


def main() -> int:
    """Once outside, to get a mount namespace and to tidy up; once inside."""
    parser = argparse.ArgumentParser(prog="python -m tests.container", description=__doc__)
    parser.add_argument("--jetpack", choices=("6", "7"), default="6")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside is not None:
        rehearse(args.inside, args.jetpack)
        return 0
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        print("needs Linux and root: mounting is root's", file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="floorwatch-container-"))
    folder.chmod(0o755)
    try:
        inside = [sys.executable, "-m", "tests.container", "--jetpack", args.jetpack]
        apart = ["unshare", "--mount", "--propagation", "private"]
        return subprocess.run(
            [*apart, *inside, "--inside", str(folder)], cwd=ROOT, check=False
        ).returncode
    finally:
        shutil.rmtree(folder)


def rehearse(folder: Path, jetpack: str) -> None:
    """All of it. Raises where a step fails or the daemon does not do what it should."""
    among = stages(arguments={"JETPACK": jetpack})
    built: dict[str, Layer] = {}
    disk = own_disk(folder, _DISK_BYTES_MAX)
    for stage in needed(among):
        built[stage.name] = build(stage, disk, built)
    last = among[-1]
    layer = built[last.name]
    size = sum(path.lstat().st_size for path in (layer.root / "opt" / "floorwatch").rglob("*"))
    say(f"what it adds to NVIDIA's image and apt's packages: {size / _MEGABYTE:.0f} MB")
    live(last, layer, folder)
    say("done: built, started, healthy, saw a fall, stopped")


def needed(among: list[Stage]) -> Iterator[Stage]:
    """The last stage, what it stands on and what it copies from, in the file's order."""
    wanted = {stage.name for stage in way_to(among[-1].name, among)}
    for text in among[-1].values("COPY"):
        if text.startswith("--from="):
            other = text.split()[0].removeprefix("--from=")
            wanted |= {stage.name for stage in way_to(other, among)}
    return (stage for stage in among if stage.name in wanted)


def build(stage: Stage, folder: Path, built: dict[str, Layer]) -> Layer:
    """Carries out the steps of one stage."""
    layer = Layer(folder / stage.name, built.get(stage.image))
    if layer.below is None:
        say(f"{stage.name}: this machine's root in place of {stage.image}")
    for step in stage.steps:
        say(f"{stage.name}: line {step.line}: {step.word} {step.text[:90]}")
        carry_out(step, layer, built)
    return layer


def carry_out(step: Step, layer: Layer, built: dict[str, Layer]) -> None:
    """One step that changes files or what later steps run with; the rest is for `live`."""
    if step.word == "RUN":
        layer.run(step.text)
    elif step.word == "COPY":
        *sources, target = step.text.split()
        origin = ROOT
        if sources[0].startswith("--from="):
            origin = built[sources.pop(0).removeprefix("--from=")].root
        for source in sources:
            layer.copy(origin / source.lstrip("/"), target)
    elif step.word == "ENV":
        set_to = {
            name: Template(value).safe_substitute(layer.environment)
            for name, value in pairs(step.text).items()
        }
        if set_to.get("TENSORRT_PACKAGES"):
            say(f"left out, for Debian has none of it: {set_to['TENSORRT_PACKAGES']}")
            set_to["TENSORRT_PACKAGES"] = ""
        layer.environment |= set_to
    elif step.word == "SHELL":
        layer.shell = tuple(exec_form(step.text))
    elif step.word == "WORKDIR":
        layer.make_workdir(step.text)


def live(stage: Stage, layer: Layer, folder: Path) -> None:
    """Starts it as the engine would, asks for its health, lets it see a fall, and stops it."""
    [volumes], [health] = stage.values("VOLUME"), stage.values("HEALTHCHECK")
    [entry], [words], [user] = (stage.values(word) for word in ("ENTRYPOINT", "CMD", "USER"))
    uid, port = int(user), free_port()
    environment = {"FLOORWATCH_HEALTH_PORT": str(port)}
    layer.seal(exec_form(volumes), site(folder, port))

    def succeeds(command: list[str]) -> bool:
        return layer.start(uid, command, environment, stderr=subprocess.DEVNULL).wait(60) == 0

    who = layer.start(uid, ["/usr/bin/id"], {}, stdout=subprocess.PIPE).communicate()[0]
    say(who.strip())
    assert all(word in who for word in ("(video)", "(render)")), who
    assert not succeeds(["/usr/bin/touch", "/opt/floorwatch/anything"]), "the root can be written"
    assert succeeds(["/usr/bin/touch", "/tmp/anything"])
    assert not succeeds(exec_form(health)), "healthy before it runs"
    command = [*exec_form(entry), *exec_form(words)]
    daemon = layer.start(uid, command, environment)
    try:
        until(lambda: succeeds(exec_form(health)), "the health check succeeds", _STARTS_S)
        say(f"the health check succeeds; the daemon is {' '.join(command)}")
        state = layer.root / exec_form(volumes)[0].lstrip("/")
        until(lambda: any(state.rglob("*.jpg")), "evidence of the fall", _SEES_S)
        owners = {path.stat().st_uid for path in state.rglob("*")}
        assert owners == {uid}, owners
        daemon.terminate()
        assert daemon.wait(_STOPS_S) == 0
    finally:
        daemon.kill()


def site(folder: Path, port: int) -> Path:
    """The folder that is mounted as /etc/floorwatch: a recording of a fall in place of a camera."""
    written = folder / "site"
    written.mkdir()
    shutil.copy(ROOT / "configs" / "demo" / "collapse.mp4", written)
    config = {
        "version": 1,
        "site": {"name": "rehearsal"},
        "broker": {"host": "127.0.0.1", "port": free_port()},  # away: what is told waits on disk
        "cameras": [{"name": "hall", "url": "collapse.mp4", "file": {"hold_last_s": 3600}}],
        "telemetry": {"http": {"port": port}},
    }
    (written / "site.yaml").write_text(yaml.safe_dump(config))
    return written


def say(words: str) -> None:
    """To whoever looks on, at once."""
    print(f"-- {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
