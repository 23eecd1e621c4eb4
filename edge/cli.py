"""The verbs of `edge`: run, check, doctor, reload, drill, replay, demo. Everything heavy is
imported when it is needed, so that `--help` is quick and says so even where a part is missing."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from edge import engine_cli, fit_cli, normal_cli, of_camera
from edge.bundle import cli as bundle

Verbs = Any  # argparse's sub-parser collection has no public type


def register(verbs: Verbs) -> None:
    """Adds the verbs to the command."""
    _add_run(verbs)
    _add_check(verbs)
    _add_doctor(verbs)
    _add_reload(verbs)
    _add_drill(verbs)
    _add_replay(verbs)
    _add_demo(verbs)
    engine_cli.register(verbs)
    fit_cli.register(verbs)
    normal_cli.register(verbs, _moment)
    bundle.register(verbs)


def _add_run(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "run",
        help="watch the cameras of a site and send alerts, until told to stop",
        description="The daemon. Reads the site file, connects to its cameras and its broker, and "
        "sends an alert over MQTT when a person collapses or liquid stays on the floor. SIGTERM "
        "or ctrl-C stops it cleanly within 5 s: what is open is closed, what waits is sent. SIGHUP "
        "has it read the site file again, as `floorwatch reload` does.",
        epilog="example: floorwatch run site.yaml",
    )
    _add_site(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from alerts.stopping import on_signals  # noqa: PLC0415  (see above)

    with on_signals(daemon=True) as signals:  # first: one that comes now is not to end us
        from edge.arenas import few_arenas  # noqa: PLC0415  (see above)
        from edge.config.load import load  # noqa: PLC0415  (see above)
        from edge.cores import one_thread_a_picture  # noqa: PLC0415  (see above)
        from edge.daemon import Daemon  # noqa: PLC0415  (see above)

        few_arenas()
        one_thread_a_picture()
        daemon = Daemon(load(args.site), partial(load, args.site))
        daemon.run(signals.stop, signals.again, signals.started)
    return 0


def _add_check(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "check",
        help="open every camera, the broker and the model, and say what is wrong",
        description="Tries everything the site file names, as the daemon would, and says how to "
        "mend what does not work. Exit code 0 when all is well, 2 when something is not.",
        epilog="example: floorwatch check site.yaml",
    )
    _add_site(parser)
    parser.add_argument(
        "--config-only", action="store_true", help="read the site file alone, and try nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line a finding")
    parser.set_defaults(run=_check)


def _check(args: argparse.Namespace) -> int:
    if args.config_only:
        from edge.config.load import load  # noqa: PLC0415  (see above)

        load(args.site)
        return 0
    from edge.screen import check_site  # noqa: PLC0415  (see above)

    return check_site(args.site, as_json=args.json)


def _add_doctor(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "doctor",
        help="examine this device, from power mode to clock, and say what to mend",
        description="Looks at everything a technician would: release, TensorRT, power and heat, "
        "how fast it decodes and infers, memory, disk, clock, network, service; with a site file "
        "also its cameras and broker. Needs no root; says what it could not read without. Exit "
        "code 0 when nothing is bad, 1 when something is, 2 when the site file is wrong.",
        epilog="example: floorwatch doctor site.yaml",
    )
    parser.add_argument(
        "site", type=Path, nargs="?", metavar="SITE", help="the site file, if there is one already"
    )
    parser.add_argument(
        "--quick", action="store_true", help="measure nothing and do not watch the cameras"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    from edge.doctor.screen import doctor  # noqa: PLC0415  (see above)

    return doctor(args)


def _add_reload(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "reload",
        help="have the running daemon read its site file again",
        description="Cameras, zones, masks, schedules, thresholds and alarm rules change while the "
        "daemon runs; cameras that are not changed miss nothing. A file that is wrong, or that "
        "changes what needs a restart, is refused with exit code 2, and the old one stays.",
        epilog="example: floorwatch reload site.yaml",
    )
    _add_site(parser)
    parser.add_argument("--json", action="store_true", help="the answer as one JSON line")
    parser.set_defaults(run=_reload)


def _reload(args: argparse.Namespace) -> int:
    from edge.asking import reload_site  # noqa: PLC0415  (see above)

    return reload_site(args.site, as_json=args.json)


def _add_drill(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "drill",
        help="have the running daemon send a test alert, and see that it arrives",
        description="Orders a test event, marked `drill`, on the next picture of a camera. It goes "
        "the whole way: camera, network, snapshot, disk, broker. Exit code 0 when the broker has "
        "it and somebody subscribes, 1 when the chain is broken somewhere, in words. Run it by "
        "the clock to watch over the chain, or by hand to practise.",
        epilog="example: floorwatch drill hall collapse --config site.yaml",
    )
    of_camera.add(parser)
    parser.add_argument("label", metavar="LABEL", help="collapse or spill")
    parser.add_argument(
        "--seconds", type=_seconds, default=10.0, metavar="N", help="until it is closed (10)"
    )
    parser.add_argument(
        "--patience-s", type=_seconds, default=20.0, metavar="N", help="to wait for it (20)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line")
    parser.set_defaults(run=_drill)


def _drill(args: argparse.Namespace) -> int:
    from edge.asking import drill  # noqa: PLC0415  (see above)

    order = {"camera": args.camera, "label": args.label, "lasts_s": args.seconds}
    return drill(args.config, order, args.patience_s, as_json=args.json)


def _add_replay(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "replay",
        help="run recordings through the same pipeline and write what it would have alerted",
        description="Plays each clip (a video, a folder of pictures, a picture) as fast as the "
        "machine goes, watched for what the site file says, and writes every event to "
        "OUT/events.jsonl. Each clip is a camera of its own, named after the file.",
        epilog="example: floorwatch replay hall-*.mp4 --config site.yaml --out seen/",
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument(
        "--config", type=Path, metavar="SITE", help="site file; without it the shipped defaults"
    )
    parser.add_argument(
        "--camera",
        metavar="NAME",
        help="the camera of the site file whose zones, masks and thresholds count for the clips; "
        "needed where it has several",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where to write (default: here); an earlier events.jsonl there is replaced",
    )
    parser.add_argument(
        "--hold-last-s",
        type=_seconds,
        metavar="N",
        help="keep the last picture of each clip for N seconds (default: what the camera's `file:` "
        "says, else 0): many clips stop right after a fall",
    )
    parser.add_argument(
        "--start",
        type=_moment,
        metavar="TIME",
        help="when the clips begin, such as 2026-11-20T08:00:00Z; without it times count from "
        "1970-01-01T00:00:00Z and schedules do not apply",
    )
    parser.add_argument("--snapshots", action="store_true", help="write a picture of each alert")
    parser.add_argument("--json", action="store_true", help="print the events too, one a line")
    parser.set_defaults(run=_replay)


def _replay(args: argparse.Namespace) -> int:
    from edge.screen import replay_clips  # noqa: PLC0415  (see above)

    return replay_clips(args)


def _add_demo(verbs: Verbs) -> None:
    parser = verbs.add_parser(
        "demo",
        help="see it work: two recordings for cameras, a broker of its own, the real daemon",
        description="Plays two rendered clips in real time through the daemon and prints the "
        "alerts as a subscriber receives them from the broker; and serves the page on which people "
        "see and answer them, with a desk behind it. Exit code 0 only if each incident was opened "
        "exactly once and nothing else was. With --clip it plays your recording to "
        "its end and prints whatever comes.",
        epilog="example: floorwatch demo --seconds 90 --json",
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=90.0, metavar="N", help="how long (default: 90)"
    )
    parser.add_argument("--clip", type=Path, metavar="FILE", help="your own recording instead")
    parser.add_argument("--json", action="store_true", help="one JSON line an alert")
    parser.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> int:
    from edge.screen import demo  # noqa: PLC0415  (see above)

    return demo(args)


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "site", type=Path, metavar="SITE", help="the site file; start from configs/example.yaml"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return seconds


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time; write it as 2026-11-20T08:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
