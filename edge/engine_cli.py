"""The verb `engine`: TensorRT engines from the console."""

from __future__ import annotations

import argparse
from pathlib import Path

from alerts import subverbs
from alerts.subverbs import Part

_TEXT = (
    "An engine is the network made into code for one GPU, one TensorRT and one "
    "driver: it is built on the device itself, in minutes, and kept. With `model: backend: "
    "tensorrt` the daemon does so at its first start, and watches on the processor meanwhile; "
    "building before saves it that. After every build, and at every start, the engine must "
    "compute what the model computes, or it is not used: then int8 gives way to fp16, fp16 to "
    "fp32, and that to the processor. One that is damaged, or of another TensorRT, GPU, driver "
    "or model, is never loaded but built again. What a service is to use, its own user has to "
    "build: sudo -u floorwatch /opt/floorwatch/bin/floorwatch engine build --config "
    "/etc/floorwatch/site.yaml"
)
_PARTS = {
    "build": Part(
        "build an engine here, unless one is kept that fits; test it, and keep it",
        "floorwatch engine build --config site.yaml --precision fp16",
    ),
    "list": Part(
        "show what is kept: for which TensorRT, GPU and driver, and what its test found",
        "floorwatch engine list --config site.yaml --json",
    ),
    "verify": Part(
        "compute the test pictures with every kept engine of the model again",
        "floorwatch engine verify --config site.yaml",
    ),
    "clear": Part(
        "delete all that is kept, and what is known of engines that failed",
        "floorwatch engine clear --config site.yaml --yes",
    ),
}


def register(verbs: subverbs.Verbs) -> None:
    """Adds the verb."""
    made = subverbs.add(
        verbs, "engine", _PARTS, _run,
        about="build, list, test and delete the TensorRT engines of this device",
        text=_TEXT,
        example="floorwatch engine build --config site.yaml",
    )  # fmt: skip
    for part in made.values():
        _add_places(part)
    made["build"].add_argument(
        "--precision",
        choices=("auto", "fp32", "fp16", "int8"),
        help="auto is fp16 where the model's card has it (default: as in the site file, or auto)",
    )
    made["build"].add_argument(
        "--again", action="store_true", help="even where one is kept, or failed before"
    )
    made["list"].add_argument("--json", action="store_true", help="one JSON line an engine")
    made["clear"].add_argument("--yes", action="store_true", help="without asking")


def _add_places(parser: argparse.ArgumentParser) -> None:
    of = parser.add_mutually_exclusive_group()
    of.add_argument(
        "--config",
        type=Path,
        metavar="SITE",
        help="the site file: its model, its precision, and the folder its daemon uses",
    )
    of.add_argument(
        "--model",
        default="first",
        metavar="NAME",
        help="without a site file: a shipped model, or a folder with model.onnx and card.json "
        "(first)",
    )
    parser.add_argument(
        "--engines",
        type=Path,
        metavar="FOLDER",
        help="where they are kept (default: as in the site file, or the user's own state folder)",
    )


def _run(args: argparse.Namespace) -> int:
    from edge import engine_screen  # noqa: PLC0415  (heavy: `--help` is to be quick)

    does = {
        "build": engine_screen.build,
        "list": engine_screen.list_all,
        "verify": engine_screen.verify,
        "clear": engine_screen.clear,
    }
    return does[args.what](args)
