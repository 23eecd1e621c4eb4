"""The site file: what it may say (`schema`, `camera`), how it is read (`load`), its secrets."""

from edge.config.camera import Area, Camera, FileOptions, Labels, LabelSettings, Schedule
from edge.config.load import load
from edge.config.model import ModelChoice
from edge.config.problem import without_secrets
from edge.config.schema import (
    Alarms,
    Broker,
    CollapseAlarm,
    Config,
    Evidence,
    Http,
    OutboxLimits,
    Site,
    SpillAlarm,
    State,
    Telemetry,
    Tls,
)
from edge.config.secrets import password

__all__ = [
    "Alarms",
    "Area",
    "Broker",
    "Camera",
    "CollapseAlarm",
    "Config",
    "Evidence",
    "FileOptions",
    "Http",
    "LabelSettings",
    "Labels",
    "ModelChoice",
    "OutboxLimits",
    "Schedule",
    "Site",
    "SpillAlarm",
    "State",
    "Telemetry",
    "Tls",
    "load",
    "password",
    "without_secrets",
]
