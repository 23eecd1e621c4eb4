"""Evidence as columns is the evidence."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.evidence import Evidence
from edge.core.types import LABELS, Box
from models.evaluation.evidence_table import EvidenceTable

SHARE = st.floats(0, 1)
PIECE = st.builds(
    Evidence,
    label=st.sampled_from(LABELS),
    zone=st.none() | st.sampled_from(("bay", "ward", "")),
    box=st.builds(Box, SHARE, SHARE, SHARE, SHARE),
    score=SHARE,
    holding=SHARE,
    since_ns=st.integers(0, 2**62),
    path=st.sampled_from(("fast", "slow", "persist")),
)
PICTURES = st.lists(st.lists(PIECE, max_size=3).map(tuple), max_size=6).map(tuple)
Pictures = tuple[tuple[Evidence, ...], ...]


@settings(max_examples=60)
@given(PICTURES)
def test_a_table_is_what_it_was_made_of(pictures: Pictures) -> None:
    table = EvidenceTable.of(pictures)
    assert len(table) == len(pictures)
    assert tuple(table) == pictures
    assert [table[n] for n in range(-len(pictures), 0)] == list(pictures)
    assert EvidenceTable.of(table) is table


@given(PICTURES, st.integers(-7, 7) | st.none(), st.integers(-7, 7) | st.none())
def test_a_cut_is_as_of_a_tuple(pictures: Pictures, first: int | None, last: int | None) -> None:
    cut = EvidenceTable.of(pictures)[first:last]
    assert tuple(cut) == pictures[first:last]
    assert cut.counts.tolist() == [len(picture) for picture in pictures[first:last]]


@given(PICTURES)
def test_some_pieces_stay_with_their_pictures(pictures: Pictures) -> None:
    table = EvidenceTable.of(pictures)
    for label in LABELS:
        own = tuple(tuple(one for one in picture if one.label == label) for picture in pictures)
        assert tuple(table.of_label(label)) == own
        highest = [max((one.score for one in picture), default=0.0) for picture in own]
        assert table.of_label(label).strongest().tolist() == highest
    sure = tuple(tuple(one for one in picture if one.score >= 0.5) for picture in pictures)
    kept = table.columns["score"] >= 0.5
    assert tuple(table.only(kept)) == sure
    assert table.picked(kept, [one for picture in pictures for one in picture]) == sure


def test_what_is_not_there_is_said() -> None:
    table = EvidenceTable.of([(), ()])
    with pytest.raises(IndexError):
        table[2]
    with pytest.raises(ValueError, match="follow"):
        table[::2]


def test_minutes_take_little_memory() -> None:
    """3,000 pictures with ten pieces each: 30,000 objects would take 13 MB and more."""
    count, pieces = 3_000, 30_000
    piece = Evidence("collapse", None, Box(0, 0, 1, 1), 0.5, 0.5, 0, "fast")
    one = EvidenceTable.of([(piece,)]).columns
    tracemalloc.start()
    columns = {name: np.repeat(column, pieces, axis=0) for name, column in one.items()}
    table = EvidenceTable.counted([10] * count, columns, ())
    found = sum(len(picture) for picture in table)
    taken, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == pieces
    assert taken < 3e6
    assert most < 7e6
