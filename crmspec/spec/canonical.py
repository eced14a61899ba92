"""Spec ⇄ JSON: how a spec is kept in `migrations/spec.json` and in a release row.

What guides a change but is no difference by itself (`compare=False`: environments, packages, conversions) is left out,
so a release never holds an address of a database. Keys with their default are left out too: a spec written by an older
crmspec reads back as what it meant.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crmspec.spec.spec import Spec

Plain = Any  # what `json` reads and writes
T = TypeVar("T")
_Reader = Callable[[Any], Any]


def to_json(spec: Spec, *, indent: int | None = None, sort: bool = False) -> str:
    """Write a spec as JSON. Maps keep the order of the project unless `sort` is asked for."""
    return dump(to_plain(spec), indent=indent, sort=sort)


def dump(plain: Plain, *, indent: int | None = None, sort: bool = False) -> str:
    """Write what `to_plain` gave as JSON, without a blank unless an indent is asked for."""
    return json.dumps(
        plain, ensure_ascii=False, indent=indent, sort_keys=sort, separators=None if indent else (",", ":")
    )


def from_json(text: str) -> Spec:
    """Read what `to_json` wrote."""
    return read_plain(Spec, json.loads(text))


def to_plain(value: object, *, everything: bool = False) -> Plain:
    """Turn a part, or anything in one, into dicts, lists, texts, numbers and None.

    With `everything` the keys that are no difference by themselves (environments, conversions) are written, too.
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is Decimal:
        return str(value)
    if kind is tuple or kind is list:
        return [to_plain(item, everything=everything) for item in value]  # type: ignore[attr-defined]
    if kind is dict or isinstance(value, Mapping):
        return {key: to_plain(item, everything=everything) for key, item in value.items()}  # type: ignore[attr-defined]
    write: _Reader = _writer(kind, everything)  # type: ignore[arg-type]
    return write(value)


_AS_THEY_ARE = frozenset({type(None), str, bool, int})


def read_plain(kind: type[T], plain: Plain) -> T:
    """Read a part of a kind from what `to_plain` gave; unknown keys are ignored."""
    reader = _reader(kind)  # type: ignore[arg-type]
    return plain if reader is None else reader(plain)  # type: ignore[no-any-return]


@cache
def _written(kind: type, everything: bool = False) -> tuple[tuple[str, object], ...]:
    """Return (name, default) of every key that is written; `MISSING` equals nothing."""
    return tuple(
        (one.name, one.default_factory() if one.default_factory is not MISSING else one.default)
        for one in fields(kind)
        if one.init and (one.compare or everything)
    )


@cache
def _writer(kind: Any, everything: bool) -> _Reader:
    """Return the function that writes parts of one class; all attributes are fetched by one call.

    What reads back as it is (texts, numbers, labels) is written as it is; only the rest is looked into.
    """
    written = _written(kind, everything)
    names, defaults = tuple(name for name, _ in written), tuple(default for _, default in written)
    hints = get_type_hints(kind)
    writers = tuple(_as_it_is(_reader(hints[name])) for name in names)
    values_of: _Reader = attrgetter(*names, names[0])  # the one too many makes it a tuple for a single name, too

    def write(part: object) -> Plain:
        out: dict[str, Plain] = {}
        for name, default, as_it_is, value in zip(names, defaults, writers, values_of(part), strict=False):
            if value is not default and value != default:
                if as_it_is is None:
                    out[name] = to_plain(value, everything=everything)
                else:
                    out[name] = as_it_is(value) if as_it_is is not _same else value
        return out

    return write


def _same(value: Any) -> Any:
    return value


def _as_it_is(reader: _Reader | None) -> _Reader | None:
    """Return how a value is written by what reads it back: as it is, as a list, or None: looked into."""
    if reader is None:
        return _same
    return list if reader is tuple else None


@cache
def _reader(kind: Any) -> _Reader | None:
    """Return the function that reads one kind of value; None when a value is already what it should be."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if kind is Decimal:
        return Decimal
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        item = _reader(arguments[1])
        return None if item is None else lambda plain: {key: item(value) for key, value in plain.items()}
    if origin in (Union, types.UnionType):
        return _union_reader(arguments)
    if kind in (str, int, bool) or origin is Literal:
        return None
    raise TypeError(f"no way to read {kind!r} from JSON")


def _tuple_reader(arguments: tuple[Any, ...]) -> _Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        item = _reader(arguments[0])
        return tuple if item is None else lambda plain: tuple([item(value) for value in plain])
    items = tuple(_reader(argument) for argument in arguments)
    return lambda plain: tuple(item(value) if item else value for item, value in zip(items, plain, strict=True))


def _union_reader(arguments: tuple[Any, ...]) -> _Reader:
    """Read `X | None`, or `str | tuple[str, ...]`: a list is the tuple, everything else the other one."""
    several = next((_reader(one) for one in arguments if get_origin(one) is tuple), None)
    single = next((_reader(one) for one in arguments if one is not type(None) and get_origin(one) is not tuple), None)

    def read(plain: Plain) -> Any:
        if plain is None:
            return None
        reader = several if isinstance(plain, list) else single
        return reader(plain) if reader else plain

    return read


def _dataclass_reader(kind: Any) -> _Reader:
    """Read a part. The hints are looked up once a class, when the first value of it is read."""
    readers: dict[str, _Reader | None] = {}

    def read(plain: Plain) -> Any:
        if not readers:
            hints = get_type_hints(kind)
            readers.update({name: _reader(hints[name]) for name, _ in _written(kind, True)})
        given: dict[str, Any] = {}
        for key, value in plain.items():
            if key in readers:
                reader = readers[key]
                given[key] = value if reader is None else reader(value)
        return kind(**given)

    return read
