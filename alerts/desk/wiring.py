"""From the desk's file to the parts that do it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from alerts import signing
from alerts.broker import BrokerSettings, TlsSettings
from alerts.desk.chains import Escalation
from alerts.desk.ports import Step
from alerts.desk.recipients import Recipient, Smtp, Webhook
from alerts.desk.record import Plan
from alerts.desk.schema import DeskConfig
from alerts.desk.steps.command import CommandStep, Program
from alerts.desk.steps.email import EmailStep
from alerts.desk.steps.publish import PublishStep, Speaker
from alerts.desk.steps.smtp import MailServer
from alerts.desk.steps.webhook import WebhookStep
from alerts.errors import UserError
from alerts.ledger import LedgerLimits
from alerts.poster import Endpoint
from alerts.settings.broker import Tls, settings_of
from alerts.settings.secrets import password, secret

PictureOf = Callable[[str], Path | None]


def broker(config: DeskConfig) -> BrokerSettings:
    """How the broker is reached by who listens. Raises `BadConfig`."""
    return settings_of(config.broker, f"floorwatch-desk-{config.desk}")


def speaking(settings: BrokerSettings, site: str) -> BrokerSettings:
    """As `settings`, for who speaks to one site: another client, with a last will of its own."""
    digest = hashlib.sha256(site.encode()).hexdigest()[:8]
    return replace(settings, client_id=f"{settings.client_id}-say-{digest}")


def limits(config: DeskConfig) -> LedgerLimits:
    """How much the ledger keeps."""
    return LedgerLimits(
        keep_days=config.state.keep_days,
        pictures_bytes_max=config.state.pictures_mb_max * 10**6,
    )


def dead_man_plan(config: DeskConfig) -> Plan:
    """The chain of cameras and devices that fell silent."""
    told = config.dead_man.steps or config.otherwise.steps[:2]
    chain = Escalation(steps=told, closed_ends=True)
    return replace(chain.plan("dead_man", config.reopen_after_s), end_is_told=True)


def steps(
    config: DeskConfig, speaker_of: Callable[[str], Speaker], picture_of: PictureOf
) -> Mapping[str, Step]:
    """How each recipient is told. Raises `UserError` for secrets, certificates, addresses and
    programs that cannot be used."""
    found: dict[str, Step] = {}
    for name, recipient in config.recipients.items():
        try:
            found[name] = _step(config, recipient, f"recipients.{name}", speaker_of, picture_of)
        except UserError as error:
            where = "" if str(error).startswith("recipients.") else f"recipients.{name}: "
            raise UserError(f"{where}{error}") from error
    return found


def _step(
    config: DeskConfig,
    recipient: Recipient,
    where: str,
    speaker_of: Callable[[str], Speaker],
    picture_of: PictureOf,
) -> Step:
    if recipient.webhook is not None:
        return WebhookStep(_endpoint(recipient.webhook, f"{where}.webhook"))
    if recipient.email is not None and config.smtp is not None:
        server, sender = _server(config.smtp), config.smtp.sender
        return EmailStep(server, sender, recipient.email.to, picture_of)
    if recipient.command is not None:
        told = recipient.command
        return CommandStep(Program(told.argv, told.timeout_s, told.environment))
    return PublishStep(config.broker.prefix, speaker_of)


def _endpoint(webhook: Webhook, where: str) -> Endpoint:
    text = secret(webhook.secret_file, webhook.secret_env, where)
    return Endpoint(
        url=webhook.url,
        key=None if text is None else signing.key_of(text, f"{where}.secret"),
        timeout_s=webhook.timeout_s,
        tls=_tls(webhook.tls),
    )


def _server(smtp: Smtp) -> MailServer:
    return MailServer(
        host=smtp.host,
        security=smtp.security,
        port=smtp.port,
        username=smtp.username,
        password=password(smtp, "smtp"),
        timeout_s=smtp.timeout_s,
        tls=_tls(smtp.tls),
    )


def _tls(tls: Tls | None) -> TlsSettings | None:
    return None if tls is None else TlsSettings(tls.ca_file, tls.cert_file, tls.key_file)
