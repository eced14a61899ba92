"""Objects that are made when somebody looks at them: of a large project most are not, when little of it has changed.

Each is known by its mark before it is made: equal objects have equal prints, whatever the order of their maps. Two
specs are compared by these, and a spec's fingerprint is made of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple

from crmspec.spec.canonical import dump, read_plain, to_plain
from crmspec.spec.parts import Object
from crmspec.spec.spec import Spec


class Mark(NamedTuple):
    """What stands for an object: `print` for what it means, `content` for its JSON with maps in their order.

    `content` is empty where nobody has asked for it yet.
    """

    print: str
    content: str = ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class KeptObjects(Mapping[str, Object]):
    """Objects by name, each made by `read` when it is first looked at. `marks` are those that are known already;
    `written` gives the text that an object is read from, where its names stand in it as they are.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        names: Iterable[str],
        read: Callable[[str], Object],
        marks: Mapping[str, Mark] | None = None,
        written: Callable[[str], str] | None = None,
    ) -> None:
        self._made: dict[str, Object | None] = dict.fromkeys(names)
        self._read = read
        self._written = written
        self._marks = dict(marks or {})
        self._texts: dict[str, str] = {}
        self.learned = False  # whether marks were worked out that were not known

    def __getitem__(self, name: str) -> Object:
        one = self._made[name]
        if one is None:
            one = self._made[name] = self._read(name)
        return one

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._made)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self is other or (self.keys() == other.keys() and not differing(self, other))

    def mark(self, name: str) -> Mark:
        """Return the mark of an object; it is made only when its mark was not known."""
        known = self._marks.get(name)
        return known or self._write(name)

    def text(self, name: str) -> str:
        """Return the JSON of an object: what its mark's `content` is the digest of."""
        if name not in self._texts:
            self._write(name)
        return self._texts[name]

    def writing(self, *words: str) -> list[str]:
        """Return the objects in whose texts one of the words may stand, which is told without making them."""
        written = self._written
        if written is None:
            return [*self._made]
        return [name for name in self._made if any(word in written(name) for word in words)]

    def _write(self, name: str) -> Mark:
        plain = to_plain(self[name])
        text = self._texts[name] = dump(plain)
        self.learned = True
        mark = self._marks[name] = Mark(_digest(dump(plain, sort=True)), _digest(text))
        return mark


def kept(objects: Mapping[str, Object]) -> KeptObjects:
    """Return objects that can be asked for their marks; those of a spec that was read are such already."""
    return objects if isinstance(objects, KeptObjects) else KeptObjects(objects, objects.__getitem__)


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


def read_kept(text: str, unreadable: Callable[[Exception], Exception]) -> Spec:
    """Read a spec that `to_json` wrote, its objects one by one when they are looked at.

    What cannot be read raises, at once or then, what `unreadable` makes of it.
    """

    def read(name: str) -> Object:
        try:
            return read_plain(Object, objects[name])
        except UNREADABLE as error:
            raise unreadable(error) from error

    try:
        plain = json.loads(text)
        objects = plain.pop("objects", {})
        texts = {name: dump(one, sort=True) for name, one in objects.items()}
        marks = {name: Mark(_digest(written)) for name, written in texts.items()}
        kept_objects = KeptObjects(objects, read, marks, texts.__getitem__)
        return replace(read_plain(Spec, plain), objects=kept_objects)
    except UNREADABLE as error:
        raise unreadable(error) from error


def differing(one: Mapping[str, Object], other: Mapping[str, Object]) -> list[str]:
    """Return the names in one spec's objects whose object the other does not have, or has otherwise."""
    if isinstance(one, KeptObjects) and isinstance(other, KeptObjects):
        return [name for name in one if name not in other or one.mark(name).print != other.mark(name).print]
    return [name for name in one if name not in other or one[name] != other[name]]


def fingerprint(spec: Spec) -> str:
    """Return the SHA-256 of a spec, the same whatever the order of its maps."""
    rest = dump(to_plain(replace(spec, objects={})), sort=True)
    objects = kept(spec.objects)
    prints = [f"{name} {objects.mark(name).print}" for name in sorted(objects)]
    return _digest("\n".join((rest, *prints)))
