"""Any shuffling and repetition of one history gives the same ledger."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alerts.event import PHASES
from alerts.inbox import Received
from alerts.ledger import Ledger, Query
from alerts.ledger.taking import SAID_MAX
from alerts.standing import STANDINGS
from tests.alerts.samples import BEGAN, an_event
from tests.alerts.telling import (
    TOPICS,
    a_page,
    a_state,
    answered,
    filmed,
    paged,
    pictured,
    stands,
    told,
)

ordinals = st.integers(0, 1)  # few, so that much is said of each
events = st.builds(
    lambda ordinal, seq, phase, replayed, score: told(
        an_event(
            ordinal,
            seq,
            phase=phase,
            replayed=replayed,
            published_at=BEGAN + timedelta(seconds=seq + 60 * replayed),
            score=score,
        )
    ),
    ordinals,
    st.integers(0, 2),
    st.sampled_from(PHASES),
    st.booleans(),
    st.sampled_from([0.5, 0.9]),
)
states = st.builds(
    lambda ordinal, version, standing, note: stands(
        a_state(version, standing, ordinal, note=note, zone="elsewhere", camera="other")
    ),
    ordinals,
    st.integers(1, 2),
    st.sampled_from(STANDINGS),
    st.sampled_from(["", "looked after"]),
)
answers = st.builds(
    lambda ordinal, command_id, action: answered(ordinal, command_id, action=action),
    ordinals,
    st.sampled_from(["a", "b"]),
    st.sampled_from(["acknowledge", "resolve"]),
)
pages = st.builds(
    lambda ordinal, repeat: paged(replace(a_page(ordinal), repeat=repeat)), ordinals, st.booleans()
)
pictures = st.builds(pictured, ordinals) | st.builds(filmed, ordinals)
words = st.builds(
    lambda ordinal: Received(
        TOPICS.event_command(an_event(ordinal).event_id), b"resolve", retain=False
    ),
    ordinals,
)
histories = st.lists(events | states | answers | pages | pictures | words, min_size=6, max_size=14)


def what_it_says(history: list[Received]) -> list[object]:
    """Everything a ledger can be asked, but when it heard."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "ledger", clock=lambda: BEGAN) as ledger,
    ):
        for received in history:
            assert len(ledger.take(received)) == 1
        assert not ledger.dropped
        said: list[object] = [(row, ledger.story(row)) for row in ledger.events()]
        for ordinal in range(2):
            event_id = an_event(ordinal).event_id
            for path in (ledger.snapshot(event_id), ledger.clip(event_id)):
                said.append(path and (path.name, path.read_bytes()))
        said += ledger.counts(BEGAN - timedelta(days=1), BEGAN + timedelta(days=1))
        for query in (
            Query(standing=("open", "escalated")),
            Query(text="looked"),
            Query(camera="other"),
        ):
            said.append([row.event_id for row in ledger.events(query)])
        return said


# Each try is written to the disk: to make a failure smaller would take minutes.
@settings(max_examples=20, deadline=None, phases=set(Phase) - {Phase.shrink, Phase.explain})
@given(st.data(), histories)
def test_order_and_repetition_change_nothing(data: st.DataObject, history: list[Received]) -> None:
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=4))
    said = what_it_says(history)
    assert what_it_says(history[::-1]) == said
    assert what_it_says(data.draw(st.permutations(history + repeated))) == said


def test_of_an_endless_event_the_last_are_kept_whatever_their_order(tmp_path: Path) -> None:
    sequence = [told(an_event(seq=seq, phase="updated")) for seq in range(SAID_MAX + 20)]
    stories = []
    for name, history in (("up", sequence), ("down", sequence[::-1])):
        with Ledger.open(tmp_path / name) as ledger:
            for received in history:
                ledger.take(received)
            [row] = ledger.events()
            stories.append(ledger.story(row))
            assert not ledger.take(sequence[3])[0].new  # forgotten, and no news
            assert row.first == an_event(seq=0, phase="updated")
    assert stories[0] == stories[1]
    assert len(stories[0]) == SAID_MAX
