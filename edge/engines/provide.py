"""An engine for a model: the kept one where it still fits and still computes right, else a new one;
and where a precision cannot be had, the one that risks less.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from alerts.errors import UserError
from edge.backends.onnx import OnnxBackend
from edge.backends.tensorrt import buckets
from edge.core.card import Card
from edge.engines import selftest
from edge.engines.faults import NoEngine, NotTested, Refused, Unusable
from edge.engines.keys import Key, System
from edge.engines.ports import BuildOptions, Precision, Progress
from edge.engines.store import Record, Store
from edge.engines.toolchain import Toolchain
from edge.zoo import Model

Wanted = Literal["auto", "fp32", "fp16", "int8"]
_LESS_RISK: tuple[Precision, ...] = ("int8", "fp16", "fp32")
_THREADS = 1  # of the reference: the daemon needs the others
_log = logging.getLogger(__name__)


def precisions(card: Card, wanted: Wanted) -> tuple[Precision, ...]:
    """What to try, one after the other, for what was asked. `auto` takes float16 where the card has
    it and says that it is as good; int8 is slower than that on some devices and coarser on all, so
    it has to be asked for."""
    if wanted == "auto":
        half = card.variants.get("fp16")
        return ("fp16", "fp32") if half is not None and half.passed else ("fp32",)
    return _LESS_RISK[_LESS_RISK.index(wanted) :]


def onnx_of(model: Model, precision: Precision) -> Model:
    """The model with that precision's file. Raises Refused where there is none, or where it is not
    the file that its card vouches for."""
    if precision == "fp32":
        return model
    variant = model.card.variants.get(precision)
    if variant is None:
        raise Refused(f"the card of {model.card.name} names no {precision} file")
    path = model.path.parent / variant.file
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror})") from None
    if digest != variant.sha256:
        raise Refused(f"{path} is not the file that the card names; take all from one export")
    return Model(model.card, path)


def key_of(model: Model, precision: Precision, options: BuildOptions, system: System) -> Key:
    """What the engine of that precision has to be from and for. Raises Refused as `onnx_of`."""
    onnx = onnx_of(model, precision).path.read_bytes()
    return Key.of(model.card.name, precision, onnx, options, system)


@dataclass(frozen=True)
class Provider:
    """Provides engines of one model."""

    model: Model
    store: Store
    toolchain: Toolchain
    options: BuildOptions
    progress: Progress

    def provide(self, tried: Sequence[Precision], *, again: bool = False) -> Record:
        """The first of these precisions that can be had, kept in the store; `again` builds it even
        so. It has computed the golden pictures right just now. Raises NoEngine."""
        faults = []
        for precision in tried:
            try:
                return self._one(precision, again=again)
            except Refused as fault:
                faults.append(f"{precision}: {fault}")
                _log.warning("no %s engine of %s: %s", precision, self.model.card.name, fault)
        raise NoEngine(f"no engine of {self.model.card.name} can be used; {'; '.join(faults)}")

    def verify(self, record: Record) -> str:
        """Tests a kept engine once more; gives what was found. Raises Refused or Unusable."""
        model, key = self._keyed(record.key.precision)
        if key.digest != record.key.digest:
            raise Unusable(f"it is of another machine or model: {key.changed_since(record.key)}")
        return self._test(model, record.key.precision, self.store.load(record))

    def _one(self, precision: Precision, *, again: bool) -> Record:
        model, key = self._keyed(precision)
        kept = None if again else self._kept(key)
        if kept is not None and kept.refused:
            raise Refused(
                f"it failed here at {kept.built_at}: {kept.refused} (tried again after "
                "`floorwatch engine clear`)"
            )
        if kept is not None:
            try:
                self.progress(f"testing the kept {precision} engine", 0.0)
                tested = self._test(model, precision, self.store.load(kept))
                return replace(kept, tested=tested)
            except (Unusable, Refused) as fault:
                _log.warning("the kept engine %s is built again: %s", key.name, fault)
        return self._built(model, precision, key)

    def _keyed(self, precision: Precision) -> tuple[Model, Key]:
        key = key_of(self.model, precision, self.options, self.toolchain.system)
        return onnx_of(self.model, precision), key

    def _kept(self, key: Key) -> Record | None:
        try:
            kept = self.store.find(key)
        except Unusable as fault:
            _log.warning("a kept engine is built again: %s", fault)
            return None
        if kept is None:
            for old in self.store.relatives(key)[:1]:
                changed = key.changed_since(old.key)
                _log.info("the %s engine is built again: %s", key.precision, changed)
        return kept

    def _built(self, model: Model, precision: Precision, key: Key) -> Record:
        began_s = time.monotonic()
        onnx = model.path.read_bytes()

        def progress(doing: str, done: float) -> None:
            self.progress(f"building the {precision} engine: {doing}", done)

        plan = self.toolchain.builder.build(onnx, self.options, progress)
        took_s = time.monotonic() - began_s
        self.progress(f"testing the {precision} engine", 1.0)
        try:
            tested = self._test(model, precision, plan)
        except NotTested:
            raise
        except Refused as fault:
            self.store.refuse(key, str(fault), took_s)
            raise
        return self.store.keep(key, plan, took_s, tested)

    def _test(self, model: Model, precision: Precision, plan: bytes) -> str:
        batch_max = self.options.batch_max
        try:
            with (
                OnnxBackend(self.model, _THREADS, batch_max=1) as reference,
                self.toolchain.runs(model, plan, batch_max) as engine,
            ):
                card = self.model.card
                return selftest.examine(card, reference, engine, precision, buckets(batch_max))
        # Each is forgotten out here, with what it holds of the GPU: the next may need it.
        except UserError as error:  # a plan that does not load
            failed: Refused = Refused(f"{type(error).__name__}: {error}")
        except RuntimeError as error:  # of the GPU
            failed = NotTested(f"{type(error).__name__}: {error}")
        raise failed
