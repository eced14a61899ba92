"""Declared renames → which deployed part became which desired one.

The list in a project is append-only: a database may have passed none, some or all of it. What the deployed spec lists
as well has been passed. The others are played in order over the deployed names:

1. A rename to a free name takes it; a later rename may take it from there (a chain over several releases).
2. A rename to a name that is taken waits until a later one frees it (a swap, a rotation).
3. Whatever waits at the end is refused: source and target both exist, and nobody says what becomes of the target.
4. A rename whose source is not there does not concern this database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from crmspec.diagnostics import Diagnostic, Refused
from crmspec.spec import Field, Rename, Spec, kind_of

Path = tuple[str, ...]  # kind, then names from the outermost in: ("object", "lead", "status", "hot")


def path_of(address: str) -> Path:
    """Split an address into the kind of its outermost part and its names. An option may have dots in it."""
    kind, colon, rest = address.partition(":")
    if colon and kind_of(address) == kind:
        return (kind, *rest.split(".", 1))
    return ("object", *address.split(".", 2))


def address_of(path: Path) -> str:
    """Write a path as an address."""
    names = ".".join(path[1:])
    return names if path[0] == "object" else f"{path[0]}:{names}"


@dataclass(frozen=True)
class Renamed:
    """Which parts have another name now: path in the deployed spec → last name in the desired one."""

    names: Mapping[Path, str] = attribute(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names)

    def name(self, *path: str) -> str:
        """Return the name that the part of a deployed path has now."""
        return self.names.get(path, path[-1])

    def path(self, path: Path) -> Path:
        """Return the desired path of a deployed one: every part on the way may have another name."""
        if path[0] in ("validation", "index"):  # these stand under an object of another kind of address
            return (path[0], self.name("object", path[1]), *(self.name(*path[:n]) for n in range(3, len(path) + 1)))
        return (path[0], *(self.name(*path[:n]) for n in range(2, len(path) + 1)))

    def address(self, address: str) -> str:
        """Return the desired address of a deployed one."""
        return address_of(self.path(path_of(address))) if self.names else address


@dataclass
class _Names:
    """The names beside one another in one place, while renames are played: name now → deployed name."""

    now: dict[str, str]
    waiting: dict[str, str] = attribute(default_factory=dict)
    earlier: dict[str, str] = attribute(default_factory=dict)
    played: list[tuple[str, str]] = attribute(default_factory=list)

    def rename(self, before: str, after: str) -> None:
        """Play one rename; names that are not there are left alone."""
        if before not in self.now or before == after:
            return
        self.played.append((before, after))
        original = self.earlier[before] = self.now.pop(before)
        if after in self.now:
            self.waiting[after] = original
        else:
            self.now[after] = original
        if before in self.waiting:
            self.now[before] = self.waiting.pop(before)

    def original(self, name: str) -> str | None:
        """Return the deployed name of what is, or in this list once was, called so."""
        return self.now.get(name, self.earlier.get(name))


def renamed_between(deployed: Spec, desired: Spec, *, backward: bool = False) -> Renamed:
    """Return which deployed parts the desired spec's renames concern; refuse what cannot be played.

    With `backward` the desired spec is an earlier one, and the renames that only the deployed one has are undone.
    """
    if backward:
        return _undone(renamed_between(desired, deployed))
    pending = list(_pending(deployed.renames, desired.renames))
    if not pending:
        return Renamed()
    places: dict[Path, _Names] = {}
    # An entry may speak of an object by the name that only a later one gives it.
    for rename in [rename for rename in pending if not _play(deployed, places, rename)]:
        _play(deployed, places, rename)
    _echo(deployed, places)
    _refuse_waiting(places)
    found = Renamed(
        {
            (*place, original): name
            for place, names in places.items()
            for name, original in names.now.items()
            if name != original
        }
    )
    return _kept(found, deployed, desired)


def _undone(forth: Renamed) -> Renamed:
    """Return the way back of renames: every new path has its old last name again."""
    return Renamed({forth.path(path): path[-1] for path in forth.names})


def _pending(passed: Iterable[Rename], declared: Iterable[Rename]) -> Iterator[Rename]:
    left = Counter(passed)
    for rename in declared:
        if left[rename]:
            left[rename] -= 1
        else:
            yield rename


def _play(deployed: Spec, places: dict[Path, _Names], rename: Rename) -> bool:
    """Play one rename; say whether there is the place that it speaks of."""
    before, after = path_of(rename.before), path_of(rename.after)
    place = _place(deployed, places, before[:-1])
    if place is not None:
        places[place].rename(before[-1], after[-1])
    return place is not None


def _place(deployed: Spec, places: dict[Path, _Names], parent: Path) -> Path | None:
    """Return the deployed path of the place that a parent's path, by old or new names, means; None without one."""
    place: Path = parent[:1]
    for name in parent[1:]:
        outer = ("object",) if place[0] in ("validation", "index") else place
        names = _names(deployed, places, outer)
        original = names.original(name) if names else None
        if original is None:
            return None
        place = (*place, original)
    return place if _names(deployed, places, place) is not None else None


def _names(deployed: Spec, places: dict[Path, _Names], place: Path) -> _Names | None:
    if place not in places:
        names = _children(deployed, place)
        if names is None:
            return None
        places[place] = _Names({name: name for name in names})
    return places[place]


def _children(spec: Spec, place: Path) -> Iterable[str] | None:
    """Return the names that stand in one place of a spec."""
    match place:
        case ("object",):
            return spec.objects
        case ("object", name) if name in spec.objects:
            return spec.objects[name].fields
        case ("object", name, field) if name in spec.objects and field in spec.objects[name].fields:
            return spec.objects[name].fields[field].option_names
        case ("validation", name) if name in spec.objects:
            return spec.objects[name].validation
        case ("index", name) if name in spec.objects:
            return [index.name for index in spec.objects[name].indexes]
        case ("pipeline",):
            return spec.pipelines
        case ("pipeline", name) if name in spec.pipelines:
            return spec.pipelines[name].stages
        case ("value_set", name) if name in spec.value_sets:
            return [option.name for option in spec.value_sets[name].options]
        case (kind,) if kind in _GROUPS:
            return _GROUPS[kind](spec)
    return None


_GROUPS: Mapping[str, Callable[[Spec], Iterable[str]]] = {
    "role": lambda spec: spec.roles,
    "report": lambda spec: spec.reports,
    "list_view": lambda spec: spec.list_views,
    "layout": lambda spec: spec.layouts,
    "dashboard": lambda spec: spec.dashboards,
    "app": lambda spec: spec.apps,
    "seed": lambda spec: spec.seeds,
    "value_set": lambda spec: spec.value_sets,
    "sharing": lambda spec: spec.sharing,
    "restriction": lambda spec: spec.restrictions,
    "department": lambda spec: spec.organization.departments,
    "position": lambda spec: spec.organization.positions,
}


def _echo(deployed: Spec, places: dict[Path, _Names]) -> None:
    """Let a stage and its option, a value set and the picklists that share it, have one name."""
    for one in deployed.objects.values():
        for field in one.fields.values():
            source = _shared_place(field)
            if not source:
                continue
            options: Path = ("object", one.name, field.name)
            for heard, said in ((options, source), (source, options)):
                played = places[said].played if said in places else []
                names = _names(deployed, places, heard) if played else None
                if names and not names.played:
                    for before, after in list(played):
                        names.rename(before, after)


def _shared_place(field: Field) -> Path:
    if field.pipeline:
        return ("pipeline", field.pipeline)
    return ("value_set", field.value_set) if field.value_set else ()


def _refuse_waiting(places: Mapping[Path, _Names]) -> None:
    problems = []
    for place, names in places.items():
        for name, original in names.waiting.items():
            before, after = address_of((*place, original)), address_of((*place, name))
            problems.append(
                Diagnostic(
                    "CRM401",
                    f"`{before}` cannot be renamed to `{after}`: both exist in what is deployed",
                    why="nobody says what becomes of the values that are there already",
                    help=f"rename `{after}` away in the same list, merge the two (`merges:`), "
                    f"or remove `{after}` in a release before this one",
                )
            )
    if problems:
        raise Refused(*problems)


def _kept(found: Renamed, deployed: Spec, desired: Spec) -> Renamed:
    """Leave out renames that the desired spec does not want: it still has the old name, and not the new one."""
    names = {}
    for path, name in found.names.items():
        place = found.path(path)[:-1]
        wanted = set(_children(desired, place) or ())
        if name in wanted or path[-1] not in wanted:
            names[path] = name
    return Renamed(names)
