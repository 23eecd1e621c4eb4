"""`python -m models.normal`: renders cameras over several days, and prints what is told on them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from edge.backends.onnx import OnnxBackend
from edge.zoo import Model, find
from models.normal.measuring import Clip, Drifted, Told, cost_ms, drifted, told
from models.normal.site_days import NORMAL_DAYS, rows_in, write_camera
from models.normal.watched import CHANGES, Track, network_ms, track

FPS = 5  # pictures a second the network looks at


def main() -> None:
    """Do what was asked."""
    parser = argparse.ArgumentParser(prog="python -m models.normal", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the clips, rendered if they are not there")
    parser.add_argument("--cameras", type=int, default=2, help="how many (2), minutes each")
    parser.add_argument("--render-only", action="store_true")
    parser.add_argument("--model", default="first", help="a shipped model")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    for number in range(args.cameras):
        write_camera(args.folder, number)
    if not args.render_only:
        _measure(args.folder, args.cameras, find(args.model, None), as_json=args.json)


def _measure(folder: Path, cameras: int, model: Model, *, as_json: bool) -> None:
    rows = rows_in(folder)
    with OnnxBackend(model, threads=1) as backend:
        by_camera = {
            number: [
                Clip(row, track(folder / row.clip, model, backend))
                for row in rows
                if row.camera == number
            ]
            for number in range(cameras)
        }
        cost = cost_ms(by_camera[0]) | {
            "network": network_ms(folder / rows[0].clip, model, backend)
        }
        changes = {n: _changes(folder, clips, model, backend) for n, clips in by_camera.items()}
    heard = [one for clips in by_camera.values() for one in told(clips)]
    for number, done in changes.items():
        done["another camera"] = _last(by_camera[(number + 1) % cameras]).track
    moved = [one for n, clips in by_camera.items() for one in drifted(clips, changes[n])]
    if as_json:
        document = {
            "told": [vars(one) for one in heard],
            "drifted": [vars(one) for one in moved],
            "cost_ms": cost,
        }
        print(json.dumps(document))
        return
    _print_told(heard)
    _print_drifted(moved)
    share = cost["pattern"] / (FPS * cost["network"])
    print(
        f"one look, one a second: {cost['pattern']:.2f} ms of one core, {100 * share:.1f} % of "
        f"what the network takes for {FPS} pictures ({cost['network']:.1f} ms each); the "
        f"recurrent autoencoder alone {cost['recurrent']:.2f} ms"
    )


def _changes(
    folder: Path, clips: list[Clip], model: Model, backend: OnnxBackend
) -> dict[str, Track]:
    """Its last normal day, as it was and as it would have been."""
    path = folder / _last(clips).row.clip
    return {change: track(path, model, backend, change) for change in CHANGES}


def _last(clips: list[Clip]) -> Clip:
    return [c for c in clips if c.row.day == NORMAL_DAYS - 1 and c.row.hour == 10.0][-1]


def _print_told(heard: list[Told]) -> None:
    print("area under the ROC curve: against the same day before it | against other days")
    for one in heard:
        same = "  ".join(f"{name} {value:.2f}" for name, value in one.same_day.items())
        other = "  ".join(f"{name} {value:.2f}" for name, value in one.other_days.items())
        print(f"camera {one.camera} {one.staged:12} {same} | {other}")


def _print_drifted(moved: list[Drifted]) -> None:
    print("drift: bets of one stretch each until the alarm, which is at 6.9")
    for one in moved:
        when = "no alarm" if one.bets is None else f"after {one.bets}"
        print(
            f"camera {one.camera} {one.change:15} {when} of {one.of}; highest on the days before "
            f"{one.highest:.1f}"
        )


if __name__ == "__main__":
    main()
