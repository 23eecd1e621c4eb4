"""The site file: what it may say (`schema`, `camera`), how it is read (`load`), its secrets."""

from alerts.settings.broker import Broker, Tls
from alerts.settings.hours import Schedule
from alerts.settings.problem import without_secrets
from alerts.settings.secrets import password
from edge.config.camera import Area, Camera, FileOptions, Labels, LabelSettings
from edge.config.load import load
from edge.config.model import ModelChoice
from edge.config.schema import (
    Alarms,
    CollapseAlarm,
    Config,
    Evidence,
    Http,
    OutboxLimits,
    Site,
    SpillAlarm,
    State,
    Telemetry,
)

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
