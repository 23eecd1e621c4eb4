"""`floorwatch engine`: TensorRT engines from the console, as the daemon has them made."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from alerts.errors import UserError
from edge import wiring
from edge.config.load import load
from edge.engines import parent, ports, toolchain
from edge.engines.faults import NoEngine, Refused, Unusable
from edge.engines.ports import BuildOptions
from edge.engines.provide import Provider, Wanted, precisions
from edge.engines.request import Request
from edge.engines.store import Record, Spoilt, Store, users_folder
from edge.zoo import Model, find

_out = Console(highlight=False, soft_wrap=True)
_paper = Console(stderr=True, highlight=False, soft_wrap=True)


def build(args: Namespace) -> int:
    """Builds an engine unless it is kept, tests it, and says what it is."""
    model, folder, wanted = _chosen(args)
    toolchain.find()  # one line at once where there can be none
    tried = precisions(model.card, args.precision or wanted)
    request = Request(model.path.parent, folder, tried, args.again)
    with _bar() as progress:
        name = parent.have_ready(request, Event(), progress)
    record = Store(folder).named(name)
    _out.print(f"{name}: ready in {folder}; {_made(record)}", markup=False)
    _say_if_unused(args)
    return 0


def list_all(args: Namespace) -> int:
    """Prints what is kept."""
    folder = _folder(args)
    kept = Store(folder).all() if folder.exists() else ()
    if args.json:
        for one in kept:
            print(json.dumps(_fields(one), ensure_ascii=False))
        return 0
    if not kept:
        _out.print(f"no engines in {folder}; `floorwatch engine build` builds one", markup=False)
        return 0
    for one in kept:
        for line in _told(one):
            _out.print(line, markup=False)
    _say_if_unused(args)
    return 0


def verify(args: Namespace) -> int:
    """Tests every kept engine of the model again; 2 when one is not to be used."""
    model, folder, _ = _chosen(args)
    kept = Store(folder).all() if folder.exists() else ()
    if not kept:
        raise NoEngine(f"no engines in {folder}; `floorwatch engine build` builds one")
    store, tools = Store(folder), toolchain.find()
    options = BuildOptions(input=model.card.input.name)
    good = True
    with _bar() as progress:
        provider = Provider(model, store, tools, options, progress)
        for one in kept:
            passed, words = _verified(provider, one)
            good = good and passed
            mark = "[green]ok  [/]" if passed else "[red]FAIL[/]"
            _out.print(mark, end=" ")
            _out.print(words, markup=False)
    return 0 if good else 2


def clear(args: Namespace) -> int:
    """Deletes all that is kept, once that is confirmed."""
    folder = _folder(args)
    kept = Store(folder).all() if folder.exists() else ()
    if not kept:
        _out.print(f"no engines in {folder}", markup=False)
        return 0
    if not args.yes and not _confirmed(f"delete {len(kept)} engines in {folder}?"):
        raise UserError("nothing was deleted; say `--yes` where nobody can be asked")
    count = Store(folder).clear()
    _out.print(f"{count} engines deleted; the next start builds anew", markup=False)
    return 0


def _chosen(args: Namespace) -> tuple[Model, Path, Wanted]:
    """The model, the folder of its engines, and the precision that the site file wants."""
    if args.config is not None:
        config = load(args.config)
        return wiring.model(config), _folder(args), config.model.precision
    given = Path(args.model)
    model = find(None, given) if given.is_dir() else find(args.model, None)
    return model, _folder(args), "auto"


def _say_if_unused(args: Namespace) -> None:
    """An engine that nobody uses is a wait for nothing."""
    if args.config is not None and (used := load(args.config).model.backend) != "tensorrt":
        _out.print(
            f"{args.config} says `model: backend: {used}`: its daemon does not use engines; "
            "`backend: tensorrt` does",
            markup=False,
        )


def _folder(args: Namespace) -> Path:
    if args.engines is not None:
        return Path(args.engines)
    if args.config is not None:
        return load(args.config).engines_folder
    return users_folder()


def _verified(provider: Provider, one: Record | Spoilt) -> tuple[bool, str]:
    if isinstance(one, Spoilt):
        return False, f"{one.name}: {one.why}; it is never loaded, and built again when needed"
    name = one.key.name
    if one.refused:
        return True, f"{name}: not used, it failed at {one.built_at}: {one.refused}"
    try:
        return True, f"{name}: {provider.verify(one)}"
    except (Refused, Unusable) as fault:
        return False, f"{name}: {fault}; it is built again when needed"


def _made(record: Record) -> str:
    took = f"built in {record.took_s:.0f} s at {record.built_at}"
    return f"{record.plan_bytes / 1e6:.1f} MB, {took}; {record.tested}"


def _fields(one: Record | Spoilt) -> dict[str, object]:
    if isinstance(one, Spoilt):
        return {"name": one.name, "spoilt": one.why}
    return {"name": one.key.name} | vars(one) | {"key": dict(one.key.words)}


def _told(one: Record | Spoilt) -> tuple[str, ...]:
    if isinstance(one, Spoilt):
        return one.name, f"  spoilt: {one.why}; never loaded, and built again when needed"
    words = one.key.words
    made_for = f"  {words.get('tensorrt')} on {words.get('gpu')}, {words.get('system')}"
    if one.refused:
        return one.key.name, made_for, f"  refused at {one.built_at}: {one.refused}"
    return one.key.name, made_for, f"  {_made(one)}"


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    _paper.print(f"{question} [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def _bar() -> Iterator[ports.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeElapsedColumn(), console=_paper, transient=True) as bar:
        task = bar.add_task("starting the builder", total=1.0)

        def progress(doing: str, done: float) -> None:
            bar.update(task, description=doing, completed=done)

        yield progress
