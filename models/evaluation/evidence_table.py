"""The evidence of many pictures as columns: an hour of footage has hundreds of thousands of pieces,
and a Python object of each would take eight times the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args, overload

import numpy as np
from numpy.typing import NDArray

from edge.core.evidence import Evidence
from edge.core.types import LABELS, Box, Label, Way

_WAYS: tuple[Way, ...] = get_args(Way)
_NO_ZONE = -1
_AT_ONCE = 512  # pictures that are made objects together
_KINDS: Mapping[str, type[np.generic]] = {
    "label": np.int8,
    "zone": np.int32,
    "box": np.float64,
    "score": np.float64,
    "holding": np.float64,
    "since_ns": np.int64,
    "way": np.int8,
}
NAMES = tuple(_KINDS)
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class EvidenceTable(Sequence[tuple[Evidence, ...]]):
    """What `observe` made of each of N pictures, M pieces in all: a sequence of tuples, each made
    when it is asked for. `starts` (N + 1, ascending, from 0 to M) says which rows are whose;
    `columns` are those of `NAMES`, of length M (`box`: M×4); `zones` are what `zone` counts in."""

    starts: NDArray[np.int64]
    columns: Columns
    zones: tuple[str, ...]

    @classmethod
    def of(cls, evidence: Sequence[tuple[Evidence, ...]]) -> EvidenceTable:
        """The same as columns; a table as it is."""
        if isinstance(evidence, cls):
            return evidence
        rows = [one for picture in evidence for one in picture]
        zones = tuple(sorted({one.zone for one in rows if one.zone is not None}))
        numbers: dict[str | None, int] = {name: number for number, name in enumerate(zones)}
        take: Mapping[str, Callable[[Evidence], Any]] = {
            "label": lambda one: LABELS.index(one.label),
            "zone": lambda one: numbers.get(one.zone, _NO_ZONE),
            "box": lambda one: one.box,
            "score": lambda one: one.score,
            "holding": lambda one: one.holding,
            "since_ns": lambda one: one.since_ns,
            "way": lambda one: _WAYS.index(one.path),
        }
        columns = {name: np.array([take[name](r) for r in rows], _KINDS[name]) for name in NAMES}
        columns["box"] = columns["box"].reshape(-1, 4)
        return cls.counted([len(picture) for picture in evidence], columns, zones)

    @classmethod
    def counted(
        cls, counts: Sequence[int] | NDArray[np.int64], columns: Columns, zones: Sequence[str]
    ) -> EvidenceTable:
        """From how many pieces each picture has (N), and the columns of all of them."""
        return cls(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), columns, tuple(zones))

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many pieces each picture has, N."""
        return np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, at: int) -> tuple[Evidence, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> EvidenceTable: ...
    def __getitem__(self, at: int | slice) -> tuple[Evidence, ...] | EvidenceTable:
        if isinstance(at, slice):
            first, last, step = at.indices(len(self))
            if step != 1:
                raise ValueError("only pictures that follow each other are cut out")
            return self._cut(first, max(first, last))
        number = range(len(self))[at]
        return next(iter(self._cut(number, number + 1)))

    def __iter__(self) -> Iterator[tuple[Evidence, ...]]:
        for first in range(0, len(self), _AT_ONCE):
            some = self._cut(first, min(first + _AT_ONCE, len(self)))
            rows = some._rows()
            starts = some.starts.tolist()
            for begin, end in pairwise(starts):
                yield tuple(rows[begin:end])

    def of_label(self, label: Label) -> EvidenceTable:
        """The same pictures with the pieces of one label alone."""
        return self.only(self.columns["label"] == LABELS.index(label))

    def only(self, kept: NDArray[np.bool_]) -> EvidenceTable:
        """The same pictures with the marked pieces (M) alone."""
        columns = {name: column[kept] for name, column in self.columns.items()}
        return EvidenceTable(self._starts_of(kept), columns, self.zones)

    def picked(
        self, kept: NDArray[np.bool_], pieces: Sequence[Evidence]
    ) -> tuple[tuple[Evidence, ...], ...]:
        """The same from `pieces`, which are all M of the table: for whoever picks again and again
        from the same, and need not have them made anew each time."""
        chosen = [pieces[number] for number in np.flatnonzero(kept).tolist()]
        return tuple(tuple(chosen[a:b]) for a, b in pairwise(self._starts_of(kept).tolist()))

    def _starts_of(self, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
        before = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])
        return np.asarray(before[self.starts], np.int64)

    def strongest(self) -> NDArray[np.float64]:
        """The highest score of each picture, N; 0 where there is nothing."""
        found = np.zeros(len(self))
        some = self.counts > 0
        if some.any():  # between the starts of two pictures with any lie the first one's alone
            found[some] = np.maximum.reduceat(self.columns["score"], self.starts[:-1][some])
        return found

    def _cut(self, first: int, last: int) -> EvidenceTable:
        begin, end = int(self.starts[first]), int(self.starts[last])
        columns = {name: column[begin:end] for name, column in self.columns.items()}
        return EvidenceTable(self.starts[first : last + 1] - begin, columns, self.zones)

    def _rows(self) -> list[Evidence]:
        rows = zip(*(self.columns[name].tolist() for name in NAMES), strict=True)
        return [
            Evidence(
                label=LABELS[label],
                zone=None if zone == _NO_ZONE else self.zones[zone],
                box=Box(*box),
                score=score,
                holding=holding,
                since_ns=since_ns,
                path=_WAYS[way],
            )
            for label, zone, box, score, holding, since_ns, way in rows
        ]
