"""All that a site file may say, with its defaults. Read it by `edge.config.load`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from alerts.own_folder import own_folder
from alerts.settings.broker import Broker
from alerts.settings.hours import TimeZone
from alerts.settings.terms import Prefix, SiteName, SitePath, Strict, wrong
from edge.config.camera import Camera, check_names_differ
from edge.config.model import ModelChoice


class Site(Strict):
    """The place."""

    name: SiteName = Field(description="Stands in every topic and alert.")
    time_zone: TimeZone = Field(
        default="UTC", description="IANA name, such as Europe/Vienna: the clock of the schedules."
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.time_zone)


class State(Strict):
    """Where things are kept that outlive the process."""

    path: SitePath | None = Field(
        default=None, description="Folder of the outbox and the evidence; null is the user's own."
    )


class OutboxLimits(Strict):
    """How much may wait on disk while the broker is away."""

    size_mb_max: int = Field(default=200, ge=1, le=100_000, description="Megabytes.")
    age_hours_max: int = Field(default=168, ge=1, le=8760, description="Hours.")


class History(Strict):
    """What was told, remembered for who missed it."""

    keep_days: int = Field(default=14, ge=1, le=3650, description="Older events are forgotten.")
    count_max: int = Field(
        default=20_000, ge=0, le=1_000_000, description="Phases of events, 1 kB each; 0 is none."
    )


class CollapseAlarm(Strict):
    """When a person on the floor becomes an alert, and when it ends."""

    slow_s: float = Field(
        default=20, ge=2, le=600, description="On the floor for most of this, no fall seen."
    )
    confirm_s: float = Field(
        default=3, ge=0.5, le=60, description="On the floor for most of this after a fall."
    )
    second_look: bool = Field(
        default=True,
        description="Look again, close up, at who may be down, where the model has a network for "
        "that.",
    )
    clear_s: float = Field(default=10, ge=1, le=600, description="Gone this long: closed.")
    cool_down_s: float = Field(
        default=60, ge=0, le=86_400, description="A new one so soon is the old one going on."
    )
    update_s: float = Field(default=30, ge=1, le=3600, description="How often it is said again.")


class SpillAlarm(Strict):
    """When liquid on the floor becomes an alert, and when it ends."""

    persist_s: float = Field(default=20, ge=2, le=600, description="Seen for most of this: opened.")
    standing_s: float = Field(
        default=600, ge=0, le=86_400, description="The same, if it was there from the beginning."
    )
    clear_s: float = Field(default=30, ge=1, le=3600, description="Gone this long: closed.")
    cool_down_s: float = Field(
        default=300, ge=0, le=86_400, description="A new one so soon is the old one going on."
    )
    update_s: float = Field(default=60, ge=1, le=3600, description="How often it is said again.")


class Alarms(Strict):
    """The alarm rules of both labels, for all cameras."""

    collapse: CollapseAlarm = Field(
        default=CollapseAlarm(), description="From a person on the floor to an alert."
    )
    spill: SpillAlarm = Field(
        default=SpillAlarm(), description="From liquid on the floor to an alert."
    )


class Evidence(Strict):
    """Pictures of an incident: kept on this machine, and the snapshot sent to the broker."""

    snapshot: bool = Field(default=True, description="A picture with the alert.")
    send_snapshot: bool = Field(
        default=True, description="Send it to the broker too, which keeps the last of each camera."
    )
    plain: bool = Field(
        default=True, description="Keep and send each snapshot without heat map and box as well."
    )
    clip: bool = Field(default=True, description="A clip from before to after.")
    send_clip: bool = Field(
        default=False, description="Send it to the broker too, after the alert; nobody keeps it."
    )
    send_clip_mb_max: int = Field(
        default=8, ge=1, le=200, description="Larger clips stay on this machine."
    )
    clip_codec: Literal["camera", "h264"] = Field(
        default="camera", description="As the camera sent it, or encoded anew for every browser."
    )
    before_s: float = Field(default=10, ge=0, le=60, description="Clip seconds before the alert.")
    after_s: float = Field(default=10, ge=0, le=300, description="Clip seconds after the alert.")
    privacy: Literal["none", "others", "people", "all"] = Field(
        default="none", description="Who is hidden: all but the fallen one, everyone, all there is."
    )
    privacy_style: Literal["pixelate", "blur"] = Field(
        default="pixelate", description="How; neither can be undone."
    )
    keep_days: int = Field(default=7, ge=1, le=3650, description="Older evidence is deleted.")
    count_max: int = Field(
        default=10_000, ge=1, le=1_000_000, description="Incidents; the oldest go first."
    )
    size_mb_max: int = Field(
        default=1000, ge=10, le=10_000_000, description="Above this the oldest goes first."
    )
    free_mb_min: int = Field(
        default=500, ge=0, le=10_000_000, description="Left free on the disk: old evidence goes."
    )
    ring_mb_max: int = Field(
        default=512, ge=16, le=1_000_000, description="Memory for the seconds before, all cameras."
    )


class Http(Strict):
    """Metrics and health, for the programs that watch this one."""

    enabled: bool = Field(default=True, description="Whether they are shown at all.")
    host: str = Field(
        default="127.0.0.1",
        max_length=64,
        description="The address they are shown on; there is no login.",
        json_schema_extra={"allowed": "an address of this machine, such as 127.0.0.1 or 0.0.0.0"},
    )
    port: int = Field(default=8909, ge=0, le=65_535, description="0 takes any that is free.")

    @field_validator("host")
    @classmethod
    def _is_address(cls, host: str) -> str:
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            raise ValueError("write an address such as 127.0.0.1, no name") from None


class Telemetry(Strict):
    """What the daemon says about itself."""

    status_s: float = Field(default=30, ge=1, le=3600, description="Seconds between reports.")
    http: Http = Field(default=Http(), description="Metrics and health over HTTP.")


class HomeAssistant(Strict):
    """Cameras as devices of Home Assistant, 2024.11 or later."""

    enabled: bool = Field(default=False, description="Whether they are announced.")
    prefix: Prefix = Field(
        default="homeassistant", description="Its own discovery prefix, as set there."
    )


class Gate(Strict):
    """Pictures that show nothing new are spared the network; what it said counts on."""

    enabled: bool = Field(default=True, description="Whether any picture is spared it.")
    refresh_s: float = Field(
        default=20, ge=1, le=600, description="It looks this often at least, nothing moving."
    )


class Fit(Strict):
    """Cameras that cannot see: in the dark, out of focus, turned away, behind something."""

    enabled: bool = Field(default=True, description="Whether cameras are judged by their pictures.")
    alert_after_s: float = Field(
        default=60, ge=5, le=86_400, description="Blind for so long in all: an alert of its own."
    )


class Normal(Strict):
    """What each camera shows on its normal days: learnt by itself, never in the way of an alert."""

    enabled: bool = Field(default=True, description="Whether it is learnt.")
    unusual_per_day: float = Field(
        default=0, ge=0, le=24, description="Unusual things told of, per camera; 0 is none."
    )
    lower_thresholds: bool = Field(
        default=False, description="Whether thresholds fall where a camera's normal days bear it."
    )
    false_alarms_per_day: float = Field(
        default=1, gt=0, le=1000, description="What they may bear at most, per camera and label."
    )


class Config(Strict):
    """A whole site file."""

    version: Literal[1] = Field(description="Of this file's format.")
    site: Site = Field(description="The place.")
    model: ModelChoice = Field(default=ModelChoice(), description="Which network looks.")
    gate: Gate = Field(default=Gate(), description="Which pictures the network is spared.")
    broker: Broker = Field(default=Broker(), description="Where alerts go.")
    state: State = Field(default=State(), description="What outlives the process.")
    outbox: OutboxLimits = Field(
        default=OutboxLimits(), description="How much may wait while the broker is away."
    )
    history: History = Field(
        default=History(), description="What was told, remembered for who missed it."
    )
    cameras: tuple[Camera, ...] = Field(
        min_length=1, max_length=256, description="The cameras, at least one."
    )
    alarms: Alarms = Field(default=Alarms(), description="When it becomes an alert.")
    thresholds: SitePath | None = Field(
        default=None,
        description="What `floorwatch tune` wrote; null: the model's card says what alarms.",
    )
    fit: Fit = Field(default=Fit(), description="Whether the cameras themselves can see.")
    normal: Normal = Field(default=Normal(), description="What cameras show on normal days.")
    evidence: Evidence = Field(default=Evidence(), description="Pictures of an incident.")
    telemetry: Telemetry = Field(default=Telemetry(), description="Reports about ourselves.")
    home_assistant: HomeAssistant = Field(
        default=HomeAssistant(), description="Cameras as devices of Home Assistant."
    )

    @property
    def state_folder(self) -> Path:
        """Where the outbox and the evidence live; nothing is created here."""
        return self.state.path or own_folder() / self.site.name

    @property
    def engines_folder(self) -> Path:
        """Where TensorRT engines are kept; nothing is created here."""
        return self.model.engines or self.state_folder / "engines"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_names_differ("cameras", [camera.name for camera in self.cameras])
        settings = [s for c in self.cameras for s in (c.labels.collapse, c.labels.spill)]
        if any(s.schedules for s in settings) and "time_zone" not in self.site.model_fields_set:
            words = "missing, add it (a camera has schedules, which need the clock of the site)"
            raise wrong(words, "site", "time_zone")
        return self
