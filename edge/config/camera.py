"""One camera in the site file: where it is, how it is read, what is watched for, where and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator
from typing_extensions import Self

from edge.config.terms import Login, Name, Strict
from edge.core import geometry, schedule
from edge.core.types import LABELS, Label

Kind = Literal["rtsp", "recording", "pattern"]

_Fraction = Annotated[float, Field(ge=0, le=1)]


def _is_polygon(points: tuple[geometry.Point, ...]) -> tuple[geometry.Point, ...]:
    if words := geometry.problem(points):
        raise ValueError(f"the polygon {words}")
    return points


class Area(Strict):
    """A part of the picture: a zone that is watched, or a mask that never alarms."""

    name: Name = Field(description="Said in the alert; unique on this camera.")
    polygon: Annotated[
        tuple[tuple[_Fraction, _Fraction], ...],
        Field(min_length=3, max_length=64),
        AfterValidator(_is_polygon),
    ] = Field(description="Corners [x, y] as fractions of the picture, [0, 0] is top left.")
    labels: tuple[Label, ...] = Field(
        default=LABELS, min_length=1, max_length=2, description="Which incidents it is about."
    )


class Schedule(Strict):
    """A window of the week in which a label is watched, in the site's time zone."""

    days: tuple[schedule.Day, ...] = Field(
        default=schedule.DAYS,
        min_length=1,
        max_length=7,
        description="The days on which the window starts.",
    )
    start: str = Field(alias="from", description='Wall clock time it starts, "22:00".')
    end: str = Field(alias="to", description="When it ends; not later than `from`: the next day.")

    @field_validator("start", "end")
    @classmethod
    def _is_time(cls, text: str) -> str:
        try:
            schedule.minute_of_day(text)
        except ValueError:
            raise ValueError('allowed is a time of day from "00:00" to "24:00"') from None
        return text

    @model_validator(mode="after")
    def _is_window(self) -> Self:
        try:
            self.window()
        except ValueError:
            raise ValueError(
                'the window has no length; for the whole day write from: "00:00", to: "24:00"'
            ) from None
        return self

    def window(self) -> schedule.Window:
        """As the pure rule wants it. An end at 00:00 is the midnight that ends the day."""
        return schedule.Window(
            days=frozenset(schedule.DAYS.index(day) for day in self.days),
            start_minute=schedule.minute_of_day(self.start),
            end_minute=schedule.minute_of_day(self.end) or schedule.MINUTES_OF_DAY,
        )


class LabelSettings(Strict):
    """How one camera watches for one kind of incident."""

    enabled: bool = Field(default=True, description="false: never alarm for this here.")
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Score from which a picture counts; null is what the model's card says.",
    )
    schedules: tuple[Schedule, ...] = Field(
        default=(), max_length=32, description="Windows in which it is watched; none is always."
    )

    def windows(self) -> tuple[schedule.Window, ...]:
        """The schedules as `edge.core.schedule.active` wants them."""
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
    """How a recording is played when it stands in for a camera."""

    pace: Literal["real_time", "fast"] = Field(
        default="real_time", description="As it was recorded, or as fast as the machine goes."
    )
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

    name: Name = Field(description="Said in alerts and topics; unique on this site.")
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

    @property
    def kind(self) -> Kind:
        """What `url` names."""
        return _kind(self.url)

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
            return str((info.context or {}).get("folder", Path()) / Path(url).expanduser())
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise ValueError(
                "credentials do not belong into the address: take out the part up to @ and give "
                "`username:` and `password_file:` or `password_env:` instead"
            )
        if not parts.hostname:
            raise ValueError("the address names no host; write it as rtsp://host:554/path")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.kind == "rtsp" and "file" in self.model_fields_set:
            raise ValueError("`file:` is for recordings, but the url is a live stream; remove it")
        if self.kind != "rtsp" and self.record_url is not None:
            raise ValueError("record_url is a second stream of an rtsp camera; remove it")
        for what, areas in (("zones", self.zones), ("masks", self.masks)):
            if twice := first_twice(area.name for area in areas):
                raise ValueError(f"two {what} are named {twice}; names must differ")
        return self


def first_twice(names: Iterable[str]) -> str | None:
    """The first name that comes a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _kind(url: str) -> Kind:
    if re.match(r"rtsps?://", url, re.IGNORECASE):
        return "rtsp"
    if url.startswith("pattern:"):
        if not re.fullmatch(r"pattern:[a-z0-9][a-z0-9_-]*", url):
            raise ValueError("a pattern is written pattern:NAME, in small letters")
        return "pattern"
    if "://" in url:
        raise ValueError(
            "allowed are rtsp://… and rtsps://…, the path of a video file or of a folder of "
            "pictures, and pattern:NAME"
        )
    return "recording"
