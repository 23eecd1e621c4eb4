"""The file in which thresholds that keep a promise go to the site, with all they rest on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alerts.errors import UserError
from alerts.settings.document import parse
from alerts.settings.reading import text_of
from edge import tuned
from edge.core.policy import Policy
from edge.core.types import LABELS, Label
from models.evaluation.eligible import content
from models.evaluation.outcome import Incident
from models.evaluation.promise import Tuned

_DIGEST_DIGITS = 16
_WORD = re.compile(r"[a-z_]{1,15}|sha256")
_WITHOUT = "`floorwatch tune` writes one"
_HEAD = """\
# Thresholds tuned by floorwatch; made by `floorwatch tune`, not by hand: a changed value keeps no
# promise. Name this file under `thresholds:` in the site file.
"""


class BadThresholds(UserError):
    """A thresholds file that cannot be used, or written."""


@dataclass(frozen=True)
class Rules:
    """What a promise is made for: pictures a second, how long a thing must last to alarm, and
    whether it is looked at twice."""

    analyse_fps: float
    confirm_s: float
    slow_s: float
    second_look: bool
    persist_s: float
    standing_s: float

    @classmethod
    def of(cls, policy: Policy, analyse_fps: float) -> Rules:
        """Those of one camera."""
        return cls(
            analyse_fps=analyse_fps,
            confirm_s=policy.collapse.confirm_s,
            slow_s=policy.collapse.slow_s,
            second_look=policy.collapse.second_look,
            persist_s=policy.spill.persist_s,
            standing_s=policy.spill.standing_s,
        )


class TunedOn(BaseModel):
    """An incident that a threshold was tuned on, with its recordings: the beginnings of their
    digests. It can verify nothing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    incident: str
    label: Label
    clips: Annotated[tuple[str, ...], Field(strict=False)]


_LISTED = TypeAdapter(Annotated[tuple[TunedOn, ...], Field(strict=False)])


@dataclass(frozen=True)
class Promises:
    """All that a thresholds file says. `labels` are for all cameras, `cameras` for single ones;
    only what a threshold was found for. `notes` are lines for people, of what else it was tuned
    with; nobody reads them back."""

    model: str
    model_sha256: str
    close_ups_sha256: str | None
    tuned_at: datetime
    rules: Rules
    labels: Mapping[Label, Tuned]
    cameras: Mapping[str, Mapping[Label, Tuned]] = field(default_factory=dict)
    incidents: tuple[TunedOn, ...] = ()
    notes: tuple[str, ...] = ()


def tuned_on(label: Label, incidents: Iterable[Incident]) -> tuple[TunedOn, ...]:
    """The incidents, as the file lists them."""
    return tuple(
        TunedOn(incident=one.name, label=label, clips=digests(one))
        for one in sorted(incidents, key=lambda incident: incident.name)
    )


def digests(incident: Incident) -> tuple[str, ...]:
    """The beginnings of the digests of an incident's recordings."""
    return tuple(sorted({beginning(content(sighting)) for sighting in incident.sightings}))


def beginning(digest: str) -> str:
    """As much of a recording's digest as the file keeps."""
    return digest[:_DIGEST_DIGITS]


def write(path: Path, promises: Promises) -> None:
    """Writes the file in one go, over what was there. Raises BadThresholds where it cannot, and
    BadConfig where the daemon could not read it."""
    text = _HEAD + "".join(f"# {note}\n" for note in promises.notes) + _yaml(_document(promises))
    # Sealed as it is read back: a number may be another after its way through the file.
    text += _yaml({"seal": tuned.seal(parse(text, str(path)).values)})
    with _beside(path) as part:
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def try_out(path: Path) -> None:
    """Raises BadThresholds where the file cannot be written: said now, not after hours of work."""
    if path.is_dir():
        raise BadThresholds(f"{path}: is a folder; say --out FILE, such as thresholds.yaml")
    with _beside(path) as part:
        part.write_text("", encoding="utf-8")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file to write first, gone afterwards."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
    except OSError as error:
        raise BadThresholds(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def read(path: Path) -> tuple[tuned.Tuned, tuple[TunedOn, ...]]:
    """What the daemon reads of a file, and the incidents it was tuned on. Raises BadConfig or
    BadThresholds."""
    said = tuned.read(path, _WITHOUT)
    values = parse(text_of(path, "a thresholds file", _WITHOUT), str(path)).values
    try:
        return said, _LISTED.validate_python(values.get("incidents", []))
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
        words = f"{first['msg'][0].lower()}{first['msg'][1:]}; tune again"
        raise BadThresholds(f"{path}: incidents{place}: {words}") from None


class _Flow(dict[str, Any]):
    """Written on one line."""


class _FlowList(list[Any]):
    """Written on one line."""


class _Dumper(yaml.SafeDumper):
    """As short as it reads well."""


# Quoted, unless it can be nothing but a word: readers differ in what else they take for a number.
_Dumper.add_representer(
    str,
    lambda dumper, value: dumper.represent_scalar(
        "tag:yaml.org,2002:str", value, style=None if _WORD.fullmatch(value) else '"'
    ),
)
_Dumper.add_representer(
    _Flow,
    lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True),
)
_Dumper.add_representer(
    _FlowList,
    lambda dumper, value: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=True
    ),
)


def _yaml(document: Mapping[str, Any]) -> str:
    return yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )


def _model(promises: Promises) -> _Flow:
    said = _Flow(name=promises.model, sha256=promises.model_sha256)
    if promises.close_ups_sha256 is not None:
        said["close_ups"] = promises.close_ups_sha256
    return said


def _document(promises: Promises) -> dict[str, Any]:
    rules = promises.rules
    document: dict[str, Any] = {
        "version": tuned.VERSION,
        "model": _model(promises),
        "tuned_at": promises.tuned_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rules": {
            "analyse_fps": rules.analyse_fps,
            "collapse": _Flow(
                confirm_s=rules.confirm_s, slow_s=rules.slow_s, second_look=rules.second_look
            ),
            "spill": _Flow(persist_s=rules.persist_s, standing_s=rules.standing_s),
        },
        "thresholds": _thresholds(promises.labels),
    }
    if promises.cameras:
        document["cameras"] = {
            camera: _thresholds(labels) for camera, labels in sorted(promises.cameras.items())
        }
    document["incidents"] = [
        _Flow(incident=one.incident, label=one.label, clips=_FlowList(one.clips))
        for one in promises.incidents
    ]
    return document


def _thresholds(labels: Mapping[Label, Tuned]) -> dict[str, _Flow]:
    kept: Sequence[Label] = [label for label in LABELS if label in labels]
    return {
        label: _Flow(
            value=labels[label].threshold,
            target_recall=labels[label].recall,
            confidence=labels[label].confidence,
            incidents=labels[label].incidents,
            misses=labels[label].misses,
        )
        for label in kept
    }
