"""What does a YAML file say, and on which line does it say it?

YAML 1.2, so that the country `NO` is text and not False. Duplicate keys, aliases (they can blow up) and files over
2 MB are refused. Every error names file, line and entry.

Reading YAML takes long. The files that ship with the tracker have a copy of what they say beside them (`taxonomy.yaml`,
`taxonomy.frozen.json`), made by `python -m tracker.yamlfile FILE…`; it counts only as long as the file is the same.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tracker.errors import BadInput

LARGEST_BYTES = 2_000_000

Model = TypeVar("Model", bound=BaseModel)
Location = Sequence[str | int]


def _load(typ: str, text: str) -> Any:
    """What the YAML says. Raises YAMLError."""
    from ruamel.yaml import YAML  # takes 50 ms to import, for files that have no frozen copy
    from ruamel.yaml.composer import Composer
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.events import AliasEvent

    class Plain(Composer):
        """Composes a document in which nothing stands for something else or says how it wants to be understood."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.parser.check_event(AliasEvent):
                mark = self.parser.peek_event().start_mark
                raise MarkedYAMLError(problem="aliases (*name) are not allowed here; write it out", problem_mark=mark)
            event = self.parser.peek_event()
            if event.tag is not None:
                said = "tags (!name) are not allowed here; leave it out"
                raise MarkedYAMLError(problem=said, problem_mark=event.start_mark)
            return super().compose_node(parent, index)

    reader = YAML(typ=typ, pure=True)
    reader.Composer = Plain
    return reader.load(text)


class YamlFile:
    """The contents of one file as plain values, and the line of each."""

    def __init__(self, path: Path, text: str, data: dict[str, Any]) -> None:
        self.path = path
        self.data = data
        self._text = text

    @cached_property
    def _marked(self) -> Any:
        """The same with the place of everything: takes twice as long to read, and only mistakes need it."""
        return _load("rt", self._text)

    def line(self, location: Location) -> int:
        """The line (from 1) of the value at `location`, or of the nearest thing around it."""
        here, line = self._marked, 1
        for step in location:
            try:
                if isinstance(here, dict) and step in here:
                    line = here.lc.key(step)[0] + 1  # type: ignore[attr-defined]
                elif isinstance(here, list) and isinstance(step, int):
                    line = here.lc.item(step)[0] + 1  # type: ignore[attr-defined]
                else:
                    break
                here = here[step]
            except (AttributeError, KeyError, IndexError):
                break
        return int(line)

    def entry(self, location: Location) -> str:
        """The location in words, with the id of a list's entry where it has one: `sources / un-news-en / every`."""
        here: Any = self.data
        names: list[str] = []
        for step in location:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                here = None
            if isinstance(step, int):
                name = here.get("id") or here.get("code") if isinstance(here, dict) else None
                names.append(str(name or f"entry {step + 1}"))
            else:
                names.append(str(step))
        return " / ".join(names)

    def complain(self, location: Location, problem: str) -> str:
        """One line for a person: file, line, entry, what is wrong and what would be right."""
        entry = self.entry(location)
        return f"{self.path}, line {self.line(location)}{', ' + entry if entry else ''}: {problem}"

    def checked(self, model: type[Model], error: type[BadInput], explain: Callable[[str], str] = lambda _: "") -> Model:
        """The file as a `model`.

        Raises `error` with one line for each mistake, all at once, in the order of the file. `explain` may add a
        remedy for the (dotted) name of a field.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as wrong:
            lines: dict[tuple[int, str], None] = {}
            for problem in wrong.errors():
                location = _in_file(problem["loc"], self.data)
                field = ".".join(str(step) for step in location if isinstance(step, str))
                said = _in_words(problem, explain(field))
                lines[self.line(location), self.complain(location, said)] = None
            raise error("\n".join(text for _, text in sorted(lines))) from None


def read(path: Path, error: type[BadInput]) -> YamlFile:
    """The file's contents. Raises `error` when it cannot be read, is no YAML, or is not a mapping."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise error(f"{path}: larger than {LARGEST_BYTES // 1_000_000} MB; that is no settings file")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise error(f"{path}: there is no such file; name one with --config or $TRACKER_CONFIG") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{path}: cannot be read: {problem}") from problem
    data = _frozen(path, text)
    if data is None:
        data = _parsed(path, text, error)
    if not isinstance(data, dict):
        raise error(f"{path}: should be a list of `name: value` lines")
    return YamlFile(path, text, {str(key): value for key, value in data.items()})


def _parsed(path: Path, text: str, error: type[BadInput]) -> Any:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return _load("safe", text)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        first = str(problem.problem or problem.context).splitlines()[0]
        raise error(f"{path}{where}: not well-formed YAML: {first}") from None
    except (YAMLError, ValueError) as problem:
        raise error(f"{path}: not well-formed YAML: {problem}") from None
    except RecursionError:
        raise error(f"{path}: has lists too deep in one another; that is no settings file") from None


def copy_of(path: Path) -> Path:
    """Where the frozen copy of a file would be."""
    return path.with_suffix(".frozen.json")


def frozen(path: Path) -> str:
    """The contents of the frozen copy of a file."""
    text = path.read_text(encoding="utf-8-sig")
    return (
        json.dumps({"of": _hash(text), "says": _load("safe", text)}, ensure_ascii=False, separators=(",", ":")) + "\n"
    )


def _frozen(path: Path, text: str) -> Any:
    """What the frozen copy says; None when there is none, or it is of another text."""
    try:
        copy = json.loads(copy_of(path).read_text(encoding="utf-8"))
        return copy["says"] if copy["of"] == _hash(text) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _in_file(location: Location, data: Any) -> tuple[str | int, ...]:
    """The part of a validation location that is a place in the file (unions and validators add steps of their own)."""
    found: list[str | int] = []
    here = data
    for step in location:
        if isinstance(here, dict):
            found.append(step)
            if step not in here:
                break
            here = here[step]
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            found.append(step)
            here = here[step]
        else:
            break
    return tuple(found)


def _in_words(problem: Any, remedy: str) -> str:
    kind, given = problem["type"], problem.get("input")
    if kind == "extra_forbidden":
        said = "there is no such setting"
    elif kind == "missing":
        said = "is missing"
    else:
        said = str(problem["msg"]).removeprefix("Value error, ")
        said = said[:1].lower() + said[1:]
        if not isinstance(given, dict | list) and repr(given) not in said:
            said += f", not {given!r}"
    return f"{said}{'. ' + remedy if remedy else ''}"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        copy_of(Path(name)).write_text(frozen(Path(name)), encoding="utf-8")
