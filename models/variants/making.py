"""Makes a model's variants, measures them, and has the card vouch for what passed.

What fails its gate is not written, and what was there of an older network goes: whatever lies
beside a card was made from the file it names and has passed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx

from alerts.errors import UserError
from edge.backends.onnx import OnnxBackend
from edge.core.card import Card, Lower
from edge.errors import BadModel
from edge.ports import PictureBatch
from edge.zoo import Model, find
from models import failures
from models.eye import Eye
from models.failures import Look
from models.synth.condition import Hard
from models.variants import accepted, gate
from models.variants.halved import halved
from models.variants.quantised import quantisable, quantised
from models.variants.ranges import largest

PRECISIONS: tuple[Lower, ...] = ("fp16", "int8")
CARD = "card.json"
_THREADS = 1  # drawing the pictures takes longer than looking at them


class NotBuilt(UserError):
    """A graph that cannot be made what TensorRT builds."""


@dataclass(frozen=True)
class Variant:
    """One that was made: its file's bytes, and what it lost on each set of pictures."""

    precision: Lower
    content: bytes
    losses: Mapping[str, gate.Loss]

    @property
    def passed(self) -> bool:
        """Whether every loss is within what its precision is allowed."""
        return all(one.within(gate.LIMITS[self.precision]) for one in self.losses.values())

    def lines(self) -> list[str]:
        """What was measured, a line for each set."""
        verdict = "passed" if self.passed else "FAILED, not written"
        size = f"{self.precision}: {len(self.content) / 1e6:.1f} MB, {verdict}"
        return [size, *(f"  {name}: {one.line()}" for name, one in self.losses.items())]


def file_of(precision: str) -> str:
    """The name of a variant's file beside the card."""
    return f"model.{precision}.onnx"


def opened(folder: Path) -> Model:
    """The model in a folder, whatever its card says of variants: they may be of an older network,
    and are about to be made anew. Raises BadModel."""
    with TemporaryDirectory(prefix="floorwatch-variants-") as beside:
        bare = Path(beside)
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            for other in ("variants", "close_ups"):
                card.pop(other, None)
            (bare / CARD).write_text(json.dumps(card), encoding="utf-8")
            (bare / card["file"]).write_bytes((folder / card["file"]).read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return find(None, folder)  # which says what is wrong
        try:
            return Model(find(None, bare).card, folder / card["file"])
        except BadModel as error:
            raise BadModel(str(error).replace(str(bare), str(folder))) from None


def made(
    model: Model, precisions: Sequence[Lower], batches: Iterable[PictureBatch]
) -> dict[Lower, onnx.ModelProto]:
    """The variants' graphs. `batches` of pictures say how large numbers get; only int8 looks.

    Raises NotHalved, and NotBuilt where TensorRT would refuse one.
    """
    whole = onnx.load(str(model.path))
    found: dict[Lower, onnx.ModelProto] = {}
    for precision in precisions:
        graph = whole
        if precision == "int8":
            inputs = {node.input[0] for node in quantisable(whole.graph)}
            graph = quantised(whole, largest(whole, inputs, batches))
        found[precision] = halved(graph)
        wrong = accepted.faults(found[precision])
        if wrong:
            raise NotBuilt(
                f"model {model.path}: TensorRT would refuse its {precision} ({len(wrong)} faults; "
                f"{wrong[0]}); export it anew with this floorwatch"
            )
    return found


def measured(
    model: Model, graphs: Mapping[Lower, onnx.ModelProto], sets: Mapping[str, Iterable[Hard]]
) -> list[Variant]:
    """The variants against the network itself on each set of pictures, by its name."""
    with TemporaryDirectory(prefix="floorwatch-variants-") as beside, ExitStack() as stack:
        files = {precision: Path(beside) / file_of(precision) for precision in graphs}
        eyes = [_eye(stack, model.card, model.path)]
        for precision, graph in graphs.items():
            onnx.save(graph, str(files[precision]))
            eyes.append(_eye(stack, model.card, files[precision]))
        losses: dict[Lower, dict[str, gate.Loss]] = {precision: {} for precision in graphs}
        for name, pictures in sets.items():
            looks = [
                [_without_picture(look) for look in all_of] for all_of in _looks(eyes, pictures)
            ]
            reference, *others = zip(*looks, strict=True)
            for precision, look in zip(graphs, others, strict=True):
                losses[precision][name] = gate.loss(reference, look)
        return [Variant(one, files[one].read_bytes(), losses[one]) for one in graphs]


def _looks(eyes: Sequence[Eye], pictures: Iterable[Hard]) -> Iterator[list[Look]]:
    for hard in pictures:
        yield [failures.looked(eye, hard) for eye in eyes]


def _eye(stack: ExitStack, card: Card, path: Path) -> Eye:
    return Eye(card, stack.enter_context(OnnxBackend(Model(card, path), _THREADS)))


def _without_picture(look: Look) -> Look:
    """Hundreds of pictures need not stay in memory to compare what was seen in them."""
    nothing = np.zeros((0, 0, 3), np.uint8)
    return replace(look, rgb=nothing, hard=replace(look.hard, rgb=nothing))


def write(folder: Path, variants: Sequence[Variant]) -> None:
    """Put those that passed beside the card and into it, and take away those that did not and
    whatever was made from another file. What was not made anew stays."""
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    entries = {
        name: entry
        for name, entry in card.pop("variants", {}).items()
        if entry.get("made_from") == card["sha256"]
    }
    for one in variants:
        entries.pop(one.precision, None)
        if one.passed:
            entries[one.precision] = _entry(one, card["sha256"])
            _replace(folder / file_of(one.precision), one.content)
    if entries:
        card["variants"] = dict(sorted(entries.items()))
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    Card.model_validate_json(text)
    _replace(folder / CARD, text.encode())
    for precision in PRECISIONS:
        if precision not in entries:
            (folder / file_of(precision)).unlink(missing_ok=True)


def _entry(variant: Variant, made_from: str) -> dict[str, Any]:
    numbers: dict[str, float] = {}
    for name, one in variant.losses.items():
        numbers |= one.numbers(name)
    return {
        "file": file_of(variant.precision),
        "sha256": hashlib.sha256(variant.content).hexdigest(),
        "made_from": made_from,
        "passed": variant.passed,
        "measured": numbers,
    }


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
