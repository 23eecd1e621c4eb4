"""What comes next: a mix that is kept, spread over cameras and hours, without the same twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.label import choosing
from models.label.choosing import Candidate, Incident, Look


def pool(count: int = 2000, cameras: int = 8, seed: int = 5) -> list[Candidate]:
    """Mostly quiet pictures of a day; a few score high."""
    rng = np.random.default_rng(seed)
    overs, draws = rng.lognormal(-2.0, 1.2, count), rng.random(count)
    return [
        Candidate(n, float(over), float(draws[n]), f"camera {n % cameras}", float(at_s))
        for n, (over, at_s) in enumerate(zip(overs, rng.uniform(0, 8 * 3600, count), strict=True))
    ]


def test_the_mix_is_the_stated_one() -> None:
    known = pool()
    fell = [Incident(one.camera, one.at_s or 0.0) for one in known[:40]]
    turns = choosing.choose(known, 200, incidents=fell)
    assert Counter(turn.why for turn in turns) == {
        "high": 80,
        "near": 60,
        "missed": 30,
        "random": 30,
    }
    assert len({turn.item for turn in turns}) == 200
    over = {one.item: one.over for one in known}
    assert all(over[turn.item] < 1 for turn in turns if turn.why == "missed")
    assert all(0.5 <= over[turn.item] <= 2 for turn in turns if turn.why == "near")
    high = [over[turn.item] for turn in turns if turn.why == "high"]
    assert min(high) > np.quantile([one.over for one in known], 0.9)


def test_whoever_stops_early_has_labelled_the_same_mix() -> None:
    known = pool()
    fell = [Incident(one.camera, one.at_s or 0.0) for one in known[:40]]
    first = Counter(turn.why for turn in choosing.choose(known, 200, incidents=fell)[:60])
    assert first == {"high": 24, "near": 18, "missed": 9, "random": 9}


def test_where_no_incident_is_known_the_next_kind_takes_over() -> None:
    counts = Counter(turn.why for turn in choosing.choose(pool(), 200))
    assert counts == {"high": 80, "near": 90, "random": 30}


def test_no_camera_s_hour_takes_all() -> None:
    loud = [Candidate(n, 3.0 - n / 1000, n / 500, "loud", 60.0) for n in range(500)]
    quiet = [Candidate(1000 + n, 1.5, n / 100, f"camera {n % 5}", 60.0) for n in range(100)]
    turns = choosing.choose([*loud, *quiet], 100)
    high = [turn for turn in turns if turn.why == "high"]
    assert sum(turn.item < 1000 for turn in high) <= 0.3 * len(high)
    alone = choosing.choose([*loud, *quiet[:3]], 100)
    assert len(alone) == 100


def test_the_same_is_not_labelled_twice() -> None:
    rng = np.random.default_rng(2)
    looks: dict[int, Look] = {}
    for n in range(200):
        looks[n] = np.full((18, 32), 100, np.int16)
        looks[n][n % 10, :6] += 80  # somebody, at one of ten places
        looks[n] += rng.integers(-2, 3, (18, 32), np.int16)
    known = [Candidate(n, 2.0 - n / 1000, n / 200, "hall", 0.0) for n in range(200)]
    mix = choosing.Mix(1.0, 0.0, 0.0, 0.0)
    turns = choosing.choose(known, 50, look_of=looks.get, mix=mix)
    assert sorted(turn.item for turn in turns) == list(range(10))


def test_light_and_noise_are_no_news_and_a_person_far_away_is() -> None:
    room = np.random.default_rng(1).integers(40, 200, (18, 32)).astype(np.int16)
    assert choosing.alike(room, room + np.int16(30))
    there = room.copy()
    there[8:11, 12:14] += 40
    assert not choosing.alike(room, there)


def test_the_random_part_tells_the_rate_of_the_whole() -> None:
    """Drawn anew 100 times, its mean is the pool's, though the rest is chosen by score, and though
    what is alike is left out of the rest."""
    same = np.zeros((18, 32), np.int16)
    rng = np.random.default_rng(4)
    known, rates = pool(100), []
    for _ in range(100):
        anew = [replace(one, draw=rng.random()) for one in known]
        turns = choosing.choose(anew, 40, look_of=lambda _item: same)
        by_chance = [turn for turn in turns if turn.why == "random"]
        assert {turn.probability for turn in by_chance} == {6 / 100}
        rates.append(np.mean([known[turn.item].over >= 0.5 for turn in by_chance]))
    whole = np.mean([one.over >= 0.5 for one in known])
    error = np.std(rates) / len(rates) ** 0.5
    assert abs(np.mean(rates) - whole) < 4 * error


def test_a_number_drawn_stays_and_is_spread_evenly() -> None:
    numbers = [choosing.drawn(f"digest {n}", None) for n in range(2000)]
    assert numbers == [choosing.drawn(f"digest {n}", None) for n in range(2000)]
    shares, _ = np.histogram(numbers, 10, (0, 1))
    assert shares.min() > 140
    assert choosing.drawn("a", 1.0) != choosing.drawn("a", 2.0)


@settings(max_examples=50, deadline=None)
@given(count=st.integers(0, 60), there=st.integers(0, 50), seed=st.integers(0, 9))
def test_it_gives_as_many_as_there_are_and_always_the_same(
    count: int, there: int, seed: int
) -> None:
    known = pool(there, seed=seed)
    turns = choosing.choose(known, count)
    assert len(turns) == min(count, there)
    assert len({turn.item for turn in turns}) == len(turns)
    assert turns == choosing.choose(known, count)


@pytest.mark.parametrize("mix", [choosing.Mix(0, 0, 0, 1), choosing.Mix(0.5, 0.5, 0, 0)])
def test_another_mix_may_be_stated(mix: choosing.Mix) -> None:
    counts = Counter(turn.why for turn in choosing.choose(pool(), 100, mix=mix))
    assert counts == {k: v for k, v in (("random", 100 * mix.random), ("high", 100 * mix.high),
                                        ("near", 100 * mix.near)) if v}  # fmt: skip
