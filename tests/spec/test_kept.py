"""Objects that are made when somebody looks: as equal and as different as those they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmspec.spec import Field, KeptObjects, Object, Project, Spec, differing, fingerprint, kept, to_json
from crmspec.spec.kept import read_kept


def spec_of(*objects: Object) -> Spec:
    """Make a spec."""
    return Spec(project=Project(crm="x"), objects={one.name: one for one in objects})


def fields(*names: str) -> dict[str, Field]:
    """Make text fields."""
    return {name: Field(name=name, type="text") for name in names}


def test_nothing_is_made_to_compare_or_to_fingerprint() -> None:
    """Marks that are known say everything."""
    whole = spec_of(Object(name="a", fields=fields("x", "y")), Object(name="b"))
    one, other = (read_kept(to_json(whole), AssertionError) for _ in range(2))
    made: list[str] = []

    def read(name: str) -> Object:
        made.append(name)
        return whole.objects[name]

    marks = {name: kept(one.objects).mark(name) for name in one.objects}
    lazy = replace(one, objects=KeptObjects(marks, read, marks))
    assert lazy == other
    assert fingerprint(lazy) == fingerprint(whole)
    assert differing(lazy.objects, other.objects) == []
    assert made == []
    assert lazy == whole  # an object that is there already is compared by its value


def test_order_is_no_difference_and_a_key_is() -> None:
    """Prints look at what an object means."""
    one = kept(spec_of(Object(name="a", fields=fields("x", "y"))).objects)
    turned = kept(spec_of(Object(name="a", fields=fields("y", "x"))).objects)
    other = kept(spec_of(Object(name="a", fields=fields("x"))).objects)
    assert one == turned
    assert one.mark("a").content != turned.mark("a").content
    assert one != other
    assert differing(one, other) == ["a"]
    assert differing(one, {}) == ["a"]
    assert one != kept({})


def test_what_cannot_be_read_is_said_when_it_is_looked_at() -> None:
    """A broken object refuses by the words of whoever reads; a broken file at once."""
    broken = read_kept('{"project": {"crm": "x"}, "objects": {"a": {"name": "a", "fields": {"f": 3}}}}', KeyError)
    assert list(broken.objects) == ["a"]
    with pytest.raises(KeyError):
        broken.objects["a"]
    with pytest.raises(KeyError):
        read_kept("{", KeyError)
