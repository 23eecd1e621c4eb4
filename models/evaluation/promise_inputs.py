"""What `tune` and `verify` have in common: whose incidents count, and by which rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from edge.core.types import LABELS, Label
from edge.tuned import within
from models.evaluation.alarms import Watched
from models.evaluation.inputs import Inputs
from models.evaluation.recording import Recording
from models.evaluation.thresholds_file import BadThresholds, Rules

ByLabel = Mapping[Label, tuple[Watched, ...]]


def rules(inputs: Inputs) -> Rules:
    """What a promise is made for: the same for all recordings. Raises BadThresholds where it is
    not."""
    lasting = [one for one in inputs.recordings if one.kind != "picture"]
    found = {
        Rules.of(inputs.policy_of(one), inputs.camera_of(one).analyse_fps): one for one in lasting
    }
    if not found:
        raise BadThresholds("there are pictures only; a promise needs recordings of incidents")
    (first, one), *others = found.items()
    for other, another in others:
        raise BadThresholds(
            f"{one.name} is watched at {first.analyse_fps:g} pictures a second and {another.name} "
            f"at {other.analyse_fps:g}; a promise holds for one rate, give the site's cameras one"
        )
    return first


def by_label(inputs: Inputs, watched: Iterable[Watched], labels: Iterable[Label]) -> ByLabel:
    """For each label what is watched for it: a camera on which it is switched off is not."""
    those = tuple(replace(one, recording=_placed(inputs, one.recording)) for one in watched)
    return {
        label: tuple(
            one for one in those if inputs.camera_of(one.recording).labels.of(label).enabled
        )
        for label in labels
    }


def occurring(recordings: Iterable[Recording]) -> tuple[Label, ...]:
    """The labels of which there are incidents."""
    there = {span.label for one in recordings if one.kind != "picture" for span in one.spans}
    return tuple(label for label in LABELS if label in there)


def held(inputs: Inputs) -> str:
    """What is to be said of recordings whose last picture was held; empty for none."""
    held_s = {inputs.camera_of(one).file.hold_last_s for one in inputs.recordings}
    longest_s = max(held_s, default=0.0)
    return f"the last picture of each recording was held {longest_s:g} s" if longest_s else ""


def notes(inputs: Inputs, labels: Iterable[Label]) -> tuple[str, ...]:
    """What is to be said of promises for these labels: how far they reach where zones or masks were
    watched by, and how long last pictures were held."""
    lasting = [one for one in inputs.recordings if one.kind != "picture"]
    cameras = {camera.name: camera for camera in map(inputs.camera_of, lasting)}
    found = []
    for label in labels:
        those = [one for _, one in sorted(cameras.items()) if one.labels.of(label).enabled]
        if limits := within(those, label):
            found.append(f"{label}: the promise is {limits}")
    return (*found, *filter(None, [held(inputs)]))


def _placed(inputs: Inputs, recording: Recording) -> Recording:
    """A recording that names no camera is of the one as which it is watched, if the site has it."""
    if recording.camera or not inputs.named:
        return recording
    return replace(recording, camera=inputs.camera_of(recording).name)
