"""Finding a model: a name of the zoo that ships, or a folder with `model.onnx` and `card.json`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from edge.core.card import Card
from edge.errors import BadModel


@dataclass(frozen=True)
class Model:
    """A card and the network's file, which it vouches for, as for the others beside it."""

    card: Card
    path: Path


def shipped() -> tuple[str, ...]:
    """Names of the models that ship."""
    return tuple(sorted(p.parent.name for p in _zoo().glob("*/card.json")))


def find(name: str | None, folder: Path | None) -> Model:
    """The model of that name in the zoo, or in that folder. Raises BadModel."""
    if folder is None:
        folder = _zoo() / str(name)
        if not (folder / "card.json").is_file():
            raise BadModel(f"model {name!r} does not ship; there is: {', '.join(shipped())}")
    return _load(folder)


def _zoo() -> Path:
    return Path(str(files("models"))) / "zoo"


def _load(folder: Path) -> Model:
    try:
        text = (folder / "card.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadModel(
            f"model {folder}: card.json cannot be read ({error}); it belongs beside model.onnx"
        ) from None
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadModel(f"model {folder}: card.json: {where}: {first['msg']}") from None
    if card.close_ups is not None:
        _vouched(folder, card.close_ups.file, card.close_ups.sha256)
    return Model(card, _vouched(folder, card.file, card.sha256))


def _vouched(folder: Path, file: str, sha256: str) -> Path:
    """A file beside the card, as the card says."""
    path = folder / file
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BadModel(f"model {folder}: {file} cannot be read ({error.strerror})") from None
    if digest != sha256:
        raise BadModel(
            f"model {folder}: sha256 of {file} is {digest[:12]}…, its card says {sha256[:12]}…; "
            "take all files from the same export"
        )
    return path
