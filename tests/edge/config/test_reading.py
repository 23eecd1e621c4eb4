"""What a right site file becomes: defaults, YAML's traps, aliases, paths, overrides."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alerts.schedule import Window
from edge.config import Config, load
from tests.edge.config.conftest import Read, Said

SMALLEST = "version: 1\nsite: {name: a}\ncameras:\n  - {name: hall, url: rtsp://host/s}\n"


def test_the_smallest_file_has_all_defaults(read: Read) -> None:
    config = read(SMALLEST)
    assert config.broker.port == 1883
    assert config.model.name == "first"
    assert config.alarms.collapse.slow_s == 20
    assert config.cameras[0].labels.of("spill").threshold is None
    assert config.cameras[0].kind == "rtsp"
    assert config.site.zone.key == "UTC"


def test_it_is_frozen_and_can_be_a_key(read: Read) -> None:
    config = read(SMALLEST)
    with pytest.raises(ValidationError):
        setattr(config.broker, "port", 1)  # noqa: B010  # mypy knows that this is forbidden
    assert hash(config) == hash(read(SMALLEST))


def test_a_byte_order_mark_is_no_matter(read: Read) -> None:
    assert read(b"\xef\xbb\xbf" + SMALLEST.encode()) == read(SMALLEST)


def test_with_tls_the_port_is_another_unless_it_is_given(read: Read) -> None:
    assert read(SMALLEST + "broker: {tls: {}}").broker.port == 8883
    assert read(SMALLEST + "broker: {tls: {}, port: 1}").broker.port == 1
    assert read(SMALLEST + "broker: {tls: null}").broker.port == 1883


def test_words_that_old_yaml_takes_for_truth_or_numbers_stay_words(read: Read) -> None:
    text = """
version: 1
site: {name: no, time_zone: Europe/Vienna}
broker: {client_id: 0x10, username: 2026-11-20}
cameras:
  - name: on
    url: rtsp://host/s
    labels:
      spill:
        schedules:
          - {from: 22:00, to: 6:00, days: [fri, sun]}
          - {from: 08:00, to: 00:00}
          - {from: "00:00", to: 24:00}
"""
    config = read(text)
    assert (config.site.name, config.cameras[0].name) == ("no", "on")
    assert (config.broker.client_id, config.broker.username) == ("0x10", "2026-11-20")
    assert config.cameras[0].labels.spill.windows() == (
        Window(frozenset({4, 6}), 1320, 360),
        Window(frozenset(range(7)), 480, 1440),
        Window(frozenset(range(7)), 0, 1440),
    )


def test_said_once_and_used_again(read: Read) -> None:
    text = """
version: 1
site: {name: a}
cameras:
  - &first
    name: one
    url: rtsp://host/1
    labels: &usual {spill: {enabled: false}}
  - {name: two, url: rtsp://host/2, labels: *usual}
  - {<<: *first, name: three}
  - {name: four, <<: [{transport: udp}, *first]}
"""
    one, two, three, four = read(text).cameras
    assert two.labels == one.labels
    assert (three.name, three.url, three.labels) == ("three", one.url, one.labels)
    assert (four.name, four.transport, four.url) == ("four", "udp", one.url)


def test_a_mistake_behind_an_alias_is_told_where_it_stands(said: Said) -> None:
    text = SMALLEST + "  - &x\n    name: b\n    url: s\n    zone: 1\n  - <<: *x\n    name: c\n"
    assert said(text) == [
        "site.yaml:8: cameras[1].zone: unknown key; did you mean zones?",
        "site.yaml:8: cameras[2].zone: unknown key; did you mean zones?",
    ]


def test_paths_start_at_the_folder_of_the_file(read: Read, tmp_path: Path) -> None:
    text = SMALLEST + (
        "  - {name: b, url: films/b.mp4}\n  - {name: c, url: /films/c.mp4}\n"
        "  - {name: d, url: 'pattern:room'}\n"
        "state: {path: kept}\nmodel: {path: ../mine}\n"
        "broker: {username: u, password_file: secret, tls: {ca_file: ca.pem}}\n"
    )
    config = read(text)
    assert config.cameras[1].path == tmp_path / "films/b.mp4"
    assert config.cameras[2].path == Path("/films/c.mp4")
    assert [camera.kind for camera in config.cameras] == [
        "rtsp",
        "recording",
        "recording",
        "pattern",
    ]
    assert config.state_folder == tmp_path / "kept"
    assert (config.model.name, config.model.path) == (None, tmp_path / "../mine")
    assert config.broker.password_file == tmp_path / "secret"
    assert config.broker.tls is not None
    assert config.broker.tls.ca_file == tmp_path / "ca.pem"


def test_state_has_a_place_of_its_own_for_each_site(read: Read) -> None:
    assert read(SMALLEST).state_folder.parts[-2:] == ("floorwatch", "a")


def test_overrides_replace_and_add(read: Read, tmp_path: Path) -> None:
    config = read(
        SMALLEST,
        {
            "broker.port": 4711,
            "state.path": tmp_path / "elsewhere",
            "cameras[0].url": "clip.mp4",
            "cameras[0].file.hold_last_s": 15,
            "alarms.collapse": {"slow_s": 5},
        },
    )
    assert config.broker.port == 4711
    assert config.state_folder == tmp_path / "elsewhere"
    assert config.cameras[0].path == tmp_path / "clip.mp4"
    assert config.cameras[0].file.hold_last_s == 15
    assert config.alarms.collapse.slow_s == 5
    whole = [{"name": "x", "url": "/x.mp4"}, {"name": "y", "url": "pattern:y"}]
    assert [camera.name for camera in read(SMALLEST, {"cameras": whole}).cameras] == ["x", "y"]


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "broker.port",
            0,
            "site.yaml: broker.port: found the number 0; allowed: a whole number from 1 to 65535 "
            "(set from outside the file)",
        ),
        (
            "broker.prot",
            1,
            "site.yaml: broker.prot: unknown key; did you mean port? (set from outside the file)",
        ),
        (
            "cameras[1].url",
            "x",
            "site.yaml: cannot set cameras[1].url: there is no cameras[1]",
        ),
        (
            "site.name.first",
            "x",
            "site.yaml: cannot set site.name.first: there is no site.name.first",
        ),
        (
            "broker port",
            1,
            'site.yaml: cannot set "broker port"; write it like broker.port or cameras[0].url',
        ),
    ],
)
def test_wrong_overrides(path: str, value: object, line: str, said: Said) -> None:
    assert said(SMALLEST, {path: value}) == [line]


def test_the_file_itself_is_not_kept_in_the_values(read: Read, site_file: Path) -> None:
    """Two readings with different overrides do not see each other."""
    read(SMALLEST, {"broker.port": 2})
    assert load(site_file).broker.port == 1883
    assert isinstance(load(str(site_file)), Config)
