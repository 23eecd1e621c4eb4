"""Everything the weights are made from, in one place: where it lies, whose it is, what it is for.

The origins in a model's card, `SOURCES.md` and the folders that training reads come from here. What
states no licence is looked at, never trained on, and is not in this list.

    python -m models.sources        # writes models/SOURCES.md anew
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alerts.errors import UserError

PAGE = "SOURCES.md"
_HEAD = """\
# What models are made from

Written by `python -m models.sources`. The folders are below `--data`; which of these went into a
model stands in its card, with what was held out of them (`models/splits.py`).

| source | in the recipe | folder | licence | credit | used for |
|---|---|---|---|---|---|
"""


class Incomplete(UserError):
    """The folder of data lacks a file of a source."""


@dataclass(frozen=True)
class Source:
    """One origin. `shares` are the names in a recipe's `shares:` whose pictures it is in, its own
    first; without, it is in every model. `folder` is below the data, empty for what is made here.
    """

    name: str
    folder: str
    licence: str
    credit: str
    url: str
    use: str
    shares: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What stored pictures and recipes call it."""
        return self.shares[0]

    def origin(self) -> dict[str, str]:
        """As a card says it."""
        return {
            "name": self.name,
            "licence": self.licence,
            "attribution": ", ".join(part for part in (self.credit, self.url) if part),
            "use": self.use,
        }


COCO_FILE = "pretrained/yolox_nano_coco/yolox_nano_coco.onnx"
BLAZEPOSE_FILE = "pretrained/blazepose_lite/blazepose_lite.onnx"

YOLOX = Source(
    name="YOLOX-Nano, COCO weights",
    folder="pretrained/yolox_nano_coco",
    licence="Apache-2.0",
    credit="Megvii",
    url="https://github.com/Megvii-BaseDetection/YOLOX",
    use="trunk, neck and person path start from these weights; the untouched network is the "
    "teacher for boxes and for people without labels",
)
BLAZEPOSE = Source(
    name="BlazePose landmark lite",
    folder="pretrained/blazepose_lite",
    licence="Apache-2.0",
    credit="Google MediaPipe",
    url="https://github.com/google-ai-edge/mediapipe",
    use="its segmentation cuts people out of training pictures; no weights are shipped",
    shares=("laid",),
)
HOSPITAL_BED = Source(
    name="hospital_bed v3",
    folder="falls/hospital_bed",
    licence="CC BY 4.0",
    credit="aiapplications, Roboflow Universe",
    url="https://universe.roboflow.com/aiapplications/hospital_bed",
    use="people and their states; states of its `fall`, `danger` and `lie` boxes read by eye",
    shares=("hospital_bed", "laid"),
)
GMDCSA24 = Source(
    name="GMDCSA24",
    folder="falls/gmdcsa24",
    licence="MIT",
    credit="Alam et al., GMDCSA24",
    url="https://doi.org/10.5281/zenodo.12921216",
    use="people and their states, in spans of the clips read by eye",
    shares=("gmdcsa24", "laid"),
)
ASSIST_IOT = Source(
    name="ASSIST-IoT fall dataset",
    folder="falls/assist_iot",
    licence="CC BY 4.0",
    credit="Danilenka, Sowiński et al., ASSIST-IoT",
    url="https://doi.org/10.5281/zenodo.8340378",
    use="daily acts that look like falls",
    shares=("assist_iot", "laid"),
)
INDOORS = Source(
    name="indoors v3",
    folder="spills/blackspot_floor",
    licence="CC BY 4.0",
    credit="ben-dover-wbbwh, Roboflow Universe",
    url="https://universe.roboflow.com/ben-dover-wbbwh/indoors",
    use="photographed rooms: floors to lay cut-out people and paint liquids on",
    shares=("rooms", "laid", "painted"),
)
SAMPLE_VIDEOS = Source(
    name="sample-videos",
    folder="normal",
    licence="CC BY 4.0",
    credit="Intel",
    url="https://github.com/intel-iot-devkit/sample-videos",
    use="people walking; scenes without incident",
    shares=("normal", "laid"),
)
RENDERER = Source(
    name="floorwatch renderer",
    folder="",
    licence="Apache-2.0",
    credit="this project, models/synth, on MuJoCo (Apache-2.0)",
    url="https://github.com/google-deepmind/mujoco",
    use="rendered rooms, falls, daily acts and painted liquids",
    shares=("rendered", "painted"),
)
ALL = (YOLOX, BLAZEPOSE, HOSPITAL_BED, GMDCSA24, ASSIST_IOT, INDOORS, SAMPLE_VIDEOS, RENDERER)
# Without these nothing can be prepared, whatever else is there.
FILES = (
    COCO_FILE,
    BLAZEPOSE_FILE,
    f"{HOSPITAL_BED.folder}/boxes.csv",
    f"{INDOORS.folder}/floor.csv",
)

# Of the models that users make; never of one that ships.
SITE = Source(
    name="pictures of the site",
    folder="",
    licence="the site's own",
    credit="the site's own",
    url="",
    use="fine-tuning of the heads",
    shares=("site",),
)


def there(file: Path) -> Path:
    """A source's file. Raises Incomplete unless it is there."""
    if not file.is_file():
        raise Incomplete(
            f"{file}: not there; --data names the folder with the whole of falls/, spills/, "
            "normal/ and pretrained/"
        )
    return file


def origins(shares: Iterable[str]) -> list[dict[str, str]]:
    """The origins of a model that learnt from these sources of its recipes, or from a `site`."""
    learnt = set(shares)
    return [one.origin() for one in (*ALL, SITE) if not one.shares or learnt & set(one.shares)]


def page() -> str:
    """The text of `SOURCES.md`."""
    rows = [
        f"| [{one.name}]({one.url}) | {', '.join(one.shares) or 'always'} | "
        f"{f'`{one.folder}`' if one.folder else 'made here'} | {one.licence} | {one.credit} | "
        f"{one.use} |\n"
        for one in ALL
    ]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    Path(__file__).with_name(PAGE).write_text(page(), encoding="utf-8")
