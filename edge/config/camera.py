"""One camera in the site file: where it is, how it is read, what is watched for, where and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from typing_extensions import Self

from alerts import schedule
from alerts.settings.hours import Schedule
from alerts.settings.terms import AreaName, CameraName, Login, Strict, from_the_site_file, wrong
from edge.core import geometry
from edge.core.types import LABELS, Label

Kind = Literal["rtsp", "recording", "pattern"]

_Fraction = Annotated[float, Field(ge=0, le=1)]


def _is_polygon(points: tuple[geometry.Point, ...]) -> tuple[geometry.Point, ...]:
    if words := geometry.problem(points):
        raise wrong(f"the polygon {words}")
    return points


class Area(Strict):
    """A part of the picture: a zone that is watched, or a mask that never alarms."""

    name: AreaName = Field(description="Said in the alert; unique on this camera.")
    polygon: Annotated[
        tuple[tuple[_Fraction, _Fraction], ...],
        Field(min_length=3, max_length=64),
        AfterValidator(_is_polygon),
    ] = Field(description="Corners [x, y] as fractions of the picture, [0, 0] is top left.")
    labels: tuple[Label, ...] = Field(
        default=LABELS, min_length=1, max_length=2, description="Which incidents it is about."
    )


class LabelSettings(Strict):
    """How one camera watches for one kind of incident."""

    enabled: bool = Field(default=True, description="false: never alarm for this here.")
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Score that alarms; null: see `thresholds:`. Liquid below 0.15 is never seen.",
    )
    schedules: tuple[Schedule, ...] = Field(
        default=(), max_length=32, description="Windows in which it is watched; none is always."
    )

    def windows(self) -> tuple[schedule.Window, ...]:
        """The schedules as `alerts.schedule.active` wants them."""
        return tuple(entry.window() for entry in self.schedules)


class Labels(Strict):
    """Settings of each kind of incident."""

    collapse: LabelSettings = Field(
        default=LabelSettings(), description="A person goes down and stays down."
    )
    spill: LabelSettings = Field(
        default=LabelSettings(), description="Liquid on the floor that was not there."
    )

    def of(self, label: Label) -> LabelSettings:
        """The settings of one label."""
        return self.collapse if label == "collapse" else self.spill


class FileOptions(Strict):
    """How a recording is played when it stands in for a camera, in real time."""

    hold_last_s: float = Field(
        default=0,
        ge=0,
        le=86_400,
        description="How long the last picture stays after the end.",
    )
    loop: bool = Field(default=False, description="Begin again at the end, for ever.")
    folder_fps: float = Field(
        default=1, ge=0.01, le=60, description="Pictures per second of a folder of pictures."
    )


class Camera(Login):
    """One camera, or a recording in its place."""

    name: CameraName = Field(description="Said in alerts and topics; unique on this site.")
    url: str = Field(
        min_length=1,
        max_length=2048,
        description="rtsp://… or rtsps://…, a video file, a folder of pictures, or pattern:NAME.",
    )
    record_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="A second, full-resolution stream of the same camera, for evidence.",
    )
    transport: Literal["tcp", "udp"] = Field(
        default="tcp", description="How RTSP carries the picture; udp loses packets under load."
    )
    decoder: Literal["auto", "ffmpeg", "gstreamer", "nvdec"] = Field(
        default="auto",
        description="Who decodes; auto: a Jetson's or a graphics card's decoder, else the CPU.",
    )
    connect_timeout_s: float = Field(
        default=10, ge=1, le=120, description="How long the camera may take to answer."
    )
    read_timeout_s: float = Field(
        default=10, ge=1, le=120, description="How long it may stay silent before it is lost."
    )
    analyse_fps: float = Field(
        default=5, ge=0.5, le=30, description="Pictures looked at per second."
    )
    file: FileOptions = Field(
        default=FileOptions(), description="How to play the recording; for files and folders only."
    )
    zones: tuple[Area, ...] = Field(
        default=(), max_length=64, description="Where to watch; none is the whole picture."
    )
    masks: tuple[Area, ...] = Field(
        default=(), max_length=64, description="Where never to alarm, a bed or a screen."
    )
    labels: Labels = Field(default=Labels(), description="What is watched for, and when.")
    fit: bool = Field(
        default=True, description="false: never judged by its pictures, no alert if it cannot see."
    )

    @property
    def kind(self) -> Kind:
        """What `url` names."""
        return _kind(self.url)

    @property
    def drawn(self) -> bool:
        """Whether no lens filmed it: a pattern."""
        return self.kind == "pattern"

    @property
    def live(self) -> bool:
        """Whether it goes on by itself, as a recording does not."""
        return self.kind == "rtsp"

    @property
    def path(self) -> Path:
        """The file or folder of a recording."""
        return Path(self.url)

    @field_validator("url", "record_url")
    @classmethod
    def _is_source(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None or _kind(url) == "pattern":
            return url
        if _kind(url) == "recording":
            if info.field_name == "record_url":
                raise ValueError("a second stream must be rtsp://… or rtsps://…")
            return str(from_the_site_file(Path(url), info))
        if "@" in url:  # anywhere: a password with a slash hides behind what looks like a port
            raise ValueError(
                "user and password do not stand in an address: take out the part up to @ and give "
                "`username:` and `password_file:` or `password_env:` (an @ of the path is %40)"
            )
        if not _names_host(url):
            raise ValueError("the address names no host and port; write rtsp://host:554/path")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind == "rtsp" and "file" in self.model_fields_set:
            raise wrong("only for recordings, but the url is a live stream; remove it", "file")
        if self.kind != "rtsp" and self.record_url is not None:
            raise wrong("only for rtsp cameras, the url is not of one; remove it", "record_url")
        if self.kind != "rtsp" and self.decoder in ("gstreamer", "nvdec"):
            raise wrong("only for rtsp cameras, the url is not of one; remove it", "decoder")
        for what, areas in (("zones", self.zones), ("masks", self.masks)):
            check_names_differ(what, [area.name for area in areas])
        return self


def check_names_differ(what: str, names: Sequence[str]) -> None:
    """Refuses a second one of the same name among the entries of the list `what`."""
    for index, name in enumerate(names):
        if (first := names.index(name)) != index:
            raise wrong(
                f"{what}[{first}] has the same name; names must differ", what, index, "name"
            )


def _names_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets or a port that are none; its text would repeat part of the url
        return False


def _kind(url: str) -> Kind:
    if re.match(r"rtsps?://", url, re.IGNORECASE):
        return "rtsp"
    if url.startswith("pattern:"):
        if not re.fullmatch(r"pattern:[a-z0-9][a-z0-9_-]*", url):
            raise ValueError("a pattern is written pattern:NAME, in small letters")
        return "pattern"
    if "://" in url:
        raise ValueError(
            "allowed: rtsp://… and rtsps://…, the path of a video file or of a folder of "
            "pictures, and pattern:NAME"
        )
    return "recording"
