"""What waited in an outbox before an upgrade is delivered after it: from each version there was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.mqtt import connector
from alerts.outbox import Outbox
from alerts.outbox_file import SCRIPTS
from alerts.publisher import Publisher
from alerts.topics import Filters, Topics
from tests.alerts.samples import an_event
from tests.alerts.test_outbox_file import an_old_file
from tests.support.inboxes import keeping
from tests.support.mosquitto import Mosquitto
from tests.support.posting import posting
from tests.support.until import until

TOPICS = Topics("floorwatch", "site")
VERSIONS = range(1, len(SCRIPTS) + 1)
HALL, CELLAR, FEWER, MORE = (an_event(ordinal).event_id for ordinal in (0, 1, 3, 4))


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_waited_is_delivered_in_order(tmp_path: Path, version: int) -> None:
    path = an_old_file(tmp_path, version)
    with Mosquitto(tmp_path / "broker") as broker:
        device = connector(broker.settings("device"), None)
        publisher = Publisher(lambda: Outbox(path, age_s_max=1e10), TOPICS, device)
        assert (publisher.counters().depth, publisher.counters().dead) == (8, 2)
        everything = Filters("floorwatch", "site").everything
        with keeping(broker.settings("desk"), everything) as kept, posting(publisher):
            publisher.post(an_event(9))
            until(lambda: publisher.counters().depth == 0, "all is sent")
            until(lambda: kept.on("/snapshot"), "and has arrived")
            counters = publisher.counters()
        alerts = [json.loads(one.payload) for one in kept.received if "/alerts/" in one.topic]
    assert [(one["event_id"], one["seq"]) for one in alerts] == [
        (HALL, 0), (CELLAR, 0), (HALL, 1), (FEWER, 0), (MORE, 0), (HALL, 2), (CELLAR, 2),
        (an_event(9).event_id, 0),
    ]  # fmt: skip
    assert (counters.dead, counters.refused) == (2, 0)
    assert counters.dropped == {"snapshot": 7, "updated": 3, "closed": 0, "opened": 0}
    _check_fields({one["event_id"]: one for one in alerts})
    assert kept.on("/snapshot") == [b"\xff\xd8\xff\xe0a small picture\xff\xd9"]
    with Outbox(path) as outbox:
        assert [letter.seq for letter in outbox.dead_letters()] == [1, 0]


def _check_fields(alerts: dict[str, Any]) -> None:
    """What an older schema said and this one does not know goes out as well; all are stamped."""
    assert alerts[MORE]["siren"] == {"on": True}
    assert "zone" not in alerts[FEWER]
    assert {one["schema_version"] for one in alerts.values()} == {0, 1}
    assert all(one["published_at"] and one["durable"] for one in alerts.values())
