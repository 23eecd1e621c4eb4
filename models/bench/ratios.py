"""The numbers that goals are set for, computed from what was measured in the same run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from models.bench.rounds import Round, Spread, Window, spread

DECODING, DECODING_QUIET = "decoding alone", "decoding alone, quiet"
NETWORK, NAIVE, ULTRALYTICS = "the network alone", "naive loop", "ultralytics"
OURS, OURS_10, GATED = "floorwatch", "floorwatch at 10", "floorwatch, gated"
TORCH = "torch"
Rate = Callable[[Window], float]

# By what a key begins with, at which sizes (all where none is named); a smaller one is better for
# memory alone. Where they come from: what decoding allows on two cores (README, "Speed").
GOALS = {
    "ratio_vs_limit_1080p": 0.85,
    "ratio_vs_limit_360p": 0.85,
    "gated_ratio_vs_decode_1080p": 0.85,
    "gated_ratio_vs_decode_360p": 0.85,
    "ratio_vs_naive_1080p": 1.6,
    "ratio_vs_naive_360p": 3.5,
    "model_ratio_vs_torch": 3.0,
    "model_ratio_vs_torch_cuda": 4.0,
    "memory_per_camera_mb": 40.0,
}


@dataclass(frozen=True)
class Ratio:
    """One ratio: of the rounds the median, the least and the most, by the clock; and the median by
    processor time, which other programs on the machine disturb less."""

    median: float
    least: float
    most: float
    by_processor: float


def limit(decoding_per_s: float, network_per_s: float, each: float) -> float:
    """Source frames a second that decoding and the network allow one after the other: of `each`
    source frames one is looked at."""
    return 1 / (1 / decoding_per_s + 1 / (each * network_per_s))


def of_size(name: str, rounds: Sequence[Round], each: float) -> dict[str, Ratio]:
    """The ratios of one size by their keys; those left out whose parts were not measured."""
    found = {}
    if NAIVE in rounds[0]:
        found[f"ratio_vs_naive_{name}"] = _ratio(
            rounds, lambda one, rate: rate(one[OURS]) / rate(one[NAIVE])
        )
    found[f"ratio_vs_limit_{name}"] = _ratio(
        rounds,
        lambda one, rate: rate(one[OURS]) / limit(rate(one[DECODING]), rate(one[NETWORK]), each),
    )
    found[f"gated_ratio_vs_decode_{name}"] = _ratio(
        rounds, lambda one, rate: rate(one[GATED]) / rate(one[DECODING_QUIET])
    )
    return found


def of_network(rounds: Sequence[Round], chosen: str) -> dict[str, Ratio]:
    """How much faster what runs the network is than eager torch, at one picture and at several at
    once; against torch on a GPU, too, where there is one."""
    found = {}
    pairs = {
        "model_ratio_vs_torch": (f"{chosen}, 1", f"{TORCH}, 1"),
        "model_ratio_vs_torch_batch": (f"{chosen}, 8", f"{TORCH}, 8"),
        "model_ratio_vs_torch_cuda": ("tensorrt, 8", f"{TORCH} cuda, 8"),
    }
    for key, (ours, theirs) in pairs.items():
        if ours in rounds[0] and theirs in rounds[0]:
            found[key] = _between(rounds, ours, theirs)
    return found


def _between(rounds: Sequence[Round], ours: str, theirs: str) -> Ratio:
    return _ratio(rounds, lambda one, rate: rate(one[ours]) / rate(one[theirs]))


def _ratio(rounds: Sequence[Round], of: Callable[[Round, Rate], float]) -> Ratio:
    by_clock = spread(of(one, lambda window: window.per_s) for one in rounds)
    by_processor = spread(of(one, lambda window: window.per_cpu_s) for one in rounds)
    return Ratio(by_clock.median, by_clock.least, by_clock.most, by_processor.median)


def goals(values: Mapping[str, float | None]) -> dict[str, dict[str, object]]:
    """Of every goal: what is wanted, and whether it is met; None where it was not measured."""
    told: dict[str, dict[str, object]] = {}
    for key, goal in GOALS.items():
        value = values.get(key)
        met = None if value is None else _meets(key, value, goal)
        told[key] = {"goal": goal, "met": met}
    return told


def _meets(key: str, value: float, goal: float) -> bool:
    return value <= goal if key == "memory_per_camera_mb" else value >= goal


@dataclass(frozen=True)
class Speed:
    """One contender over the rounds: frames a second by the clock and of a processor, and how much
    of the machine it had."""

    per_s: Spread
    per_cpu_s: Spread
    cores: Spread

    def as_json(self) -> dict[str, object]:
        """For the document."""
        return {
            "frames_per_s": asdict(self.per_s),
            "frames_per_cpu_s": asdict(self.per_cpu_s),
            "cpu_s_per_frame": 1 / self.per_cpu_s.median,
            "cores": asdict(self.cores),
        }


def speeds(rounds: Sequence[Round]) -> dict[str, Speed]:
    """All contenders by name."""
    return {
        name: Speed(
            spread(one[name].per_s for one in rounds),
            spread(one[name].per_cpu_s for one in rounds),
            spread(one[name].cpu_s / one[name].wall_s for one in rounds),
        )
        for name in rounds[0]
    }
