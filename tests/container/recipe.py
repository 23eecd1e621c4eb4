"""What stands in a Dockerfile: its stages, each with its steps."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from dockerfile_parse import DockerfileParser

from tests.house.tree import ROOT

DOCKERFILE = ROOT / "Dockerfile.jetson"


@dataclass(frozen=True)
class Step:
    """One instruction: its word in capitals, what follows it in one line, and the line it is on."""

    word: str
    text: str
    line: int


@dataclass(frozen=True)
class Stage:
    """From `FROM` to the next. `image` is another stage's name or an image's."""

    name: str
    image: str
    steps: tuple[Step, ...]

    def values(self, word: str) -> list[str]:
        """What follows each instruction of this kind."""
        return [step.text for step in self.steps if step.word == word]


def stages(path: Path = DOCKERFILE, arguments: Mapping[str, str] | None = None) -> list[Stage]:
    """All stages in their order, with `arguments` in place of the defaults of the first ARGs."""
    with path.open("rb") as file:
        structure = DockerfileParser(fileobj=file).structure
    given: dict[str, str] = {}
    found: list[Stage] = []
    for one in structure:
        step = Step(one["instruction"], one["value"], one["startline"] + 1)
        if step.word == "COMMENT":
            continue
        if step.word == "ARG" and not found:
            name, _, default = step.text.partition("=")
            given[name] = (arguments or {}).get(name, default)
        elif step.word == "FROM":
            image, _, name = Template(step.text).substitute(given).partition(" AS ")
            found.append(Stage(name, image, ()))
        else:
            last = found.pop()
            found.append(Stage(last.name, last.image, (*last.steps, step)))
    return found


def way_to(name: str, among: list[Stage]) -> list[Stage]:
    """The stages that stage stands on, the lowest first, and itself."""
    by_name = {stage.name: stage for stage in among}
    stage = by_name[name]
    return [*(way_to(stage.image, among) if stage.image in by_name else []), stage]


def pairs(text: str) -> dict[str, str]:
    """What an ENV or a LABEL sets."""
    return dict(word.split("=", 1) for word in shlex.split(text))


def exec_form(text: str) -> list[str]:
    """The words of a command in exec form, or of a HEALTHCHECK's. Raises ValueError for one in
    shell form, which would put a shell between the engine's signals and the program."""
    found = re.search(r"\[.*\]$", text)
    if found is None:
        raise ValueError(f"not in exec form: {text}")
    return [str(word) for word in json.loads(found[0])]


def apt_names(command: str, variables: Mapping[str, str]) -> Iterator[str]:
    """The packages that a RUN's `apt-get install` names."""
    for part in re.split(r"&&|\|\||;", command):
        words = shlex.split(part)
        if "apt-get" in words and "install" in words:
            for word in words[words.index("install") + 1 :]:
                if not word.startswith("-"):
                    yield from Template(word).safe_substitute(variables).split()
