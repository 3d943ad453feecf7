"""Small changes to a JSON answer, told by where they go."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

Operation = Literal["set", "remove", "rename", "duplicate"]


class EditError(ValueError):
    """An edit that changes nothing; whoever set it meant something else."""


@dataclass(frozen=True)
class Edit:
    """One change of a JSON value.

    Args:
        pointer: as RFC 6901 (`/data/0/impressions`), where `*` is every item of a list or
            every value of an object, and `-1` the last item; empty means the whole answer.
        op: `set` writes `value` there, where the place around it exists; `remove` takes it
            away; `rename` calls the key `value`; `duplicate` puts a copy of a list's item
            right behind it.
        value: what JSON can say; within one process also a function of the old value.
    """

    pointer: str
    op: Operation = "set"
    value: Any = None

    def __post_init__(self) -> None:
        if self.pointer and not self.pointer.startswith("/"):
            raise ValueError(f"edit: pointer {self.pointer!r} must be empty or begin with '/'.")
        if self.op not in get_args(Operation):
            raise ValueError(f"edit: op {self.op!r} is none of {', '.join(get_args(Operation))}.")


def edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The JSON text after all edits.

    Raises:
        EditError: the text is no JSON, or an edit found no place to change.
    """
    try:
        root = [json.loads(content)]
    except ValueError as error:
        raise EditError(f"the answer is no JSON: {content[:60]!r}") from error
    for edit in edits:
        parts = ["0", *_parts(edit.pointer)]
        changed = sum(_apply(place, parts[-1], edit) for place in _places(root, parts[:-1]))
        if not changed:
            raise EditError(f"nothing to {edit.op} at {edit.pointer!r} of {content[:120]!r}")
    return json.dumps(root[0], ensure_ascii=False, separators=(",", ":")).encode()


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _places(value: Any, parts: Sequence[str]) -> Iterator[Any]:
    """The lists and objects that these parts lead to."""
    if not parts:
        yield value
        return
    for key in list(_keys(value, parts[0])):
        yield from _places(value[key], parts[1:])


def _keys(value: Any, part: str) -> Sequence[Any]:
    """The keys or indexes of `value` that this part names and that exist."""
    if isinstance(value, dict):
        return list(value) if part == "*" else [part] if part in value else []
    if isinstance(value, list):
        if part == "*":
            return range(len(value))
        number = int(part) if part.lstrip("-").isdecimal() else len(value)
        return [number % len(value)] if -len(value) <= number < len(value) else []
    return []


def _apply(place: Any, part: str, edit: Edit) -> int:
    """Changes `place`; gives the number of changes."""
    keys = list(_keys(place, part))
    if edit.op == "set" and isinstance(place, dict) and part != "*":
        keys = [part]
    act: Callable[[Any, Any, Any], None] = _ACTS[edit.op]
    done = 0
    for key in reversed(keys):  # from the end: an index stays right while items come and go
        if edit.op == "rename" and not isinstance(place, dict):
            continue
        if edit.op == "duplicate" and not isinstance(place, list):
            continue
        act(place, key, edit.value)
        done += 1
    return done


def _set(place: Any, key: Any, value: Any) -> None:
    if callable(value):
        value = value(place.get(key) if isinstance(place, dict) else place[key])
    place[key] = copy.deepcopy(value)


def _remove(place: Any, key: Any, value: Any) -> None:
    del place[key]


def _rename(place: Any, key: Any, value: Any) -> None:
    place[value] = place.pop(key)


def _duplicate(place: Any, key: Any, value: Any) -> None:
    place.insert(key + 1, copy.deepcopy(place[key]))


_ACTS = {"set": _set, "remove": _remove, "rename": _rename, "duplicate": _duplicate}
