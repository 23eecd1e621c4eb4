"""Every kind of wrong key and value, with the exact line the user gets."""

from __future__ import annotations

import pytest

from tests.edge.config.conftest import Said

HEAD = "version: 1\nsite: {name: a}\n"  # lines 1 and 2
CAMERA = "cameras:\n  - name: hall\n    url: rtsp://host/s\n"  # lines 3 to 5
KEYS = (
    "username, password_file, password_env, name, url, record_url, transport, decoder, "
    "connect_timeout_s, read_timeout_s, analyse_fps, file, zones, masks, labels, fit"
)

# What is added to HEAD and CAMERA, from line 6 on → what is said after "site.yaml:".
ADDED = {
    # keys
    "unknown key": ("brokr: {}", "6: brokr: unknown key; did you mean broker?"),
    "unknown key in a camera": (
        "    zone: []",
        "6: cameras[0].zone: unknown key; did you mean zones?",
    ),
    "capital letters": ("Broker: {}", "6: Broker: unknown key; did you mean broker?"),
    "misplaced key": ("host: mqtt", "6: host: unknown key here; did you mean broker.host?"),
    "misplaced and misspelt": (
        "    thresold: 0.3",
        "6: cameras[0].thresold: unknown key here; did you mean "
        "cameras[].labels.collapse.threshold?",
    ),
    "key from nowhere": (
        "    qqq: 1",
        f"6: cameras[0].qqq: unknown key; known in cameras[0]: {KEYS}",
    ),
    "empty key": (
        'telemetry: {"": 1}',
        '6: telemetry."": unknown key; known in telemetry: status_s, http',
    ),
    "password": (
        "broker:\n  password: hunter2",
        "7: broker.password: passwords do not stand in this file; give password_file or "
        "password_env",
    ),
    "missing": (
        "    zones: [{polygon: [[0, 0], [1, 0], [1, 1]]}]",
        "6: cameras[0].zones[0].name: missing, add it (Said in the alert; unique on this camera)",
    ),
    "address as a key": (
        "    rtsp://u:hunter2@host: 1",
        f'6: cameras[0]."rtsp://***@host": unknown key; known in cameras[0]: {KEYS}',
    ),
    # kinds
    "number for text": (
        "broker: {host: 12}",
        "6: broker.host: found the number 12; allowed: a host name or an address, without "
        "mqtt://, user or port",
    ),
    "number for a name": (
        "    masks: [{name: 12, polygon: [[0, 0], [1, 0], [1, 1]]}]",
        "6: cameras[0].masks[0].name: found the number 12; allowed: a text; put it in quotes if "
        "it looks like a number",
    ),
    "text for number": (
        "telemetry: {status_s: fast}",
        '6: telemetry.status_s: found the text "fast"; allowed: a number from 1 to 3600',
    ),
    "a host that is no address": (
        "telemetry: {http: {host: localhost}}",
        '6: telemetry.http.host: found the text "localhost"; write an address such as 127.0.0.1, '
        "no name",
    ),
    "quoted number": (
        'broker: {port: "1883"}',
        '6: broker.port: found the text "1883"; allowed: a whole number from 1 to 65535',
    ),
    "sexagesimal": (
        "broker: {port: 22:00}",
        '6: broker.port: found the text "22:00"; allowed: a whole number from 1 to 65535',
    ),
    "fraction": (
        "broker: {port: 18.83}",
        "6: broker.port: found the number 18.83; allowed: a whole number from 1 to 65535",
    ),
    "yes": (
        "evidence: {clip: yes}",
        '6: evidence.clip: found the text "yes"; allowed: true or false',
    ),
    "off": (
        "evidence: {clip: off}",
        '6: evidence.clip: found the text "off"; allowed: true or false',
    ),
    "null": (
        "evidence: {clip: }",
        "6: evidence.clip: found nothing (null); allowed: true or false",
    ),
    "text for mapping": (
        "broker: mqtt://u:hunter2@host",
        '6: broker: found the text "mqtt://***@host"; allowed: a mapping with the keys username, '
        "password_file, password_env, host, port, protocol, prefix, client_id, tls, keepalive_s",
    ),
    "mapping for list": (
        "    zones: {name: x}",
        "6: cameras[0].zones: found a mapping; allowed: a list of at most 64 entries",
    ),
    "list for path": (
        "state: {path: [a]}",
        "6: state.path: found a list; allowed: a path, or null",
    ),
    "protocol as a number": (
        "broker: {protocol: 5}",
        '6: broker.protocol: found the number 5; allowed: "5" or "3.1.1"',
    ),
    "choice": (
        "    transport: rtp",
        '6: cameras[0].transport: found the text "rtp"; allowed: tcp or udp',
    ),
    "label": (
        "    labels: {fire: {}}",
        "6: cameras[0].labels.fire: unknown key; known in cameras[0].labels: collapse, spill",
    ),
    # bounds
    "too small": (
        "alarms:\n  collapse:\n    slow_s: 0",
        "8: alarms.collapse.slow_s: found the number 0; allowed: a number from 2 to 600",
    ),
    "too large": (
        "outbox: {size_mb_max: 1000000}",
        "6: outbox.size_mb_max: found the number 1000000; allowed: a whole number from 1 to 100000",
    ),
    "infinite": (
        "alarms: {spill: {clear_s: 1e999}}",
        "6: alarms.spill.clear_s: found the number inf; allowed: a number from 1 to 3600",
    ),
    "threshold of one": (
        "    labels: {spill: {threshold: 1}}",
        "6: cameras[0].labels.spill.threshold: found the number 1; allowed: a number above 0 and "
        "below 1, or null",
    ),
    "long text": (
        f"broker: {{client_id: {'x' * 129}}}",
        f'6: broker.client_id: found the text "{"x" * 60}…"; allowed: a text of 1 to 128 '
        "characters; put it in quotes if it looks like a number, or null",
    ),
    # what the values mean
    "unknown at the top": (
        "    labels: {}\nextra: 1",
        "7: extra: unknown key; known in the file: version, site, model, gate, broker, state, "
        "outbox, history, cameras, alarms, thresholds, fit, normal, evidence, telemetry, "
        "home_assistant",
    ),
    "host with user": (
        "broker: {host: 'u:hunter2@host'}",
        '6: broker.host: found the text "***@host"; allowed: a host name or an address, without '
        "mqtt://, user or port",
    ),
    "prefix": (
        "broker: {prefix: a/#}",
        "6: broker.prefix: prefix name '#' contains a hash sign (#), which topics are divided by: "
        "choose another name",
    ),
    "zone name": (
        "    zones: [{name: a/b, polygon: [[0, 0], [1, 0], [1, 1]]}]",
        "6: cameras[0].zones[0].name: zone or mask name 'a/b' contains a slash (/), which topics "
        "are divided by: choose another name",
    ),
    "two points": (
        "    zones: [{name: z, polygon: [[0, 0], [1, 0]]}]",
        "6: cameras[0].zones[0].polygon: found a list; allowed: a list of 3 to 64 entries",
    ),
    "pixels": (
        "    zones:\n      - name: z\n        polygon:\n          - [0, 0]\n          - [640, 0]\n"
        "          - [1, 1]",
        "10: cameras[0].zones[0].polygon[1][0]: found the number 640; allowed: a number from 0 to "
        "1",
    ),
    "three coordinates": (
        "    zones: [{name: z, polygon: [[0, 0], [1, 0], [1, 1, 1]]}]",
        "6: cameras[0].zones[0].polygon[2]: found a list; allowed: a list of exactly 2 numbers",
    ),
    "bow tie": (
        "    masks: [{name: m, polygon: [[0, 0], [1, 1], [1, 0], [0, 1]]}]",
        "6: cameras[0].masks[0].polygon: the polygon crosses or touches itself: the line from "
        "point 0 meets the line from point 2; give the corners in order around the area, each once",
    ),
    "no labels": (
        "    masks: [{name: m, labels: [], polygon: [[0, 0], [1, 0], [1, 1]]}]",
        "6: cameras[0].masks[0].labels: found an empty list; allowed: a list of 1 to 2 entries",
    ),
    "same zone twice": (
        "    zones:\n      - {name: z, polygon: [[0, 0], [1, 0], [1, 1]]}\n"
        "      - {name: z, polygon: [[0, 0], [1, 0], [1, 1]]}",
        "8: cameras[0].zones[1].name: zones[0] has the same name; names must differ",
    ),
    "same camera twice": (
        "  - name: hall\n    url: a.mp4",
        "6: cameras[1].name: cameras[0] has the same name; names must differ",
    ),
    "day": (
        "    labels: {spill: {schedules: [{days: [monday], from: 6:00, to: 7:00}]}}",
        '6: cameras[0].labels.spill.schedules[0].days[0]: found the text "monday"; allowed: mon, '
        "tue, wed, thu, fri, sat or sun",
    ),
    "time of day": (
        "    labels: {spill: {schedules: [{from: 6:00, to: 25:00}]}}",
        '6: cameras[0].labels.spill.schedules[0].to: found the text "25:00"; allowed: a time of '
        'day from "00:00" to "24:00"',
    ),
    "no length": (
        "    labels: {spill: {schedules: [{from: 6:00, to: 06:00}]}}",
        "6: cameras[0].labels.spill.schedules[0]: the window has no length; for the whole day "
        'write from: "00:00" and to: "24:00"',
    ),
    "schedules without a clock": (
        "    labels: {spill: {schedules: [{from: 6:00, to: 7:00}]}}",
        "2: site.time_zone: missing, add it (a camera has schedules, which need the clock of the "
        "site)",
    ),
}


@pytest.mark.parametrize(("added", "line"), ADDED.values(), ids=list(ADDED))
def test_one_wrong_thing(added: str, line: str, said: Said) -> None:
    assert said(HEAD + CAMERA + added) == [f"site.yaml:{line}"]


def test_no_cameras(said: Said) -> None:
    words = "cameras: missing, add it (The cameras, at least one)"
    assert said(HEAD) == [f"site.yaml:1: {words}"]
    words = "cameras: found an empty list; allowed: a list of 1 to 256 entries"
    assert said(HEAD + "cameras: []") == [f"site.yaml:3: {words}"]


def test_several_come_in_the_order_of_the_file_and_five_are_enough(said: Said) -> None:
    numbers = "\n".join(f"  k{n}: 1" for n in range(7))
    lines = said(f"version: 1\ntelemetry:\n{numbers}\nsite: {{name: 1}}\n{CAMERA}")
    assert [line.split(": ")[0] for line in lines] == [
        *(f"site.yaml:{number}" for number in range(3, 8)),
        "site.yaml",
    ]
    assert lines[-1] == "site.yaml: and 3 more"
