"""Roles in, effective rights out: what a set of roles gives, and by which line of which role.

1. What a role includes is united; the role's `mute` takes back from that (muting `all` takes back the whole verb);
   the role's own `grants` are added. A grant on `*` is a grant on every object.
2. What several roles give is united: the most generous wins.
3. A field that a role names has the level the role says, whatever its includes say of it. Among includes, and among
   the roles of one person, the highest named level counts. A field that nobody names is as the verbs say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute

from crmspec.access.once import once_per_spec
from crmspec.spec import LEVELS, SCOPES, Level, Role, Scope, Spec, Verb

EVERY_OBJECT = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of a role: `role` gives `scope` of `verb` on `object` (as written: a name or `*`).

    `through` are the roles on the way from the one that is held to the one that says it, both included.
    """

    role: str
    object: str
    verb: Verb
    scope: Scope
    through: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where the line stands: `role:sales_rep.grants.opportunity.read`."""
        return f"role:{self.role}.grants.{self.object}.{self.verb}"


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """One line of a role about a field."""

    role: str
    field: str  # contact.email
    level: Level
    through: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where the line stands: `role:sales_rep.fields.opportunity.margin`."""
        return f"role:{self.role}.fields.{self.field}"


Grants = Mapping[str, Mapping[Verb, Mapping[Scope, tuple[Grant, ...]]]]


@dataclass(frozen=True, slots=True)
class Rights:
    """What a set of roles gives together. `beside` are the rights of those somebody stands in for: they count where
    the question is what there is at all, and are never mixed into an answer about one record.
    """

    roles: tuple[str, ...] = ()  # those held, then those they include
    grants: Grants = attribute(default_factory=dict)
    fields: Mapping[str, tuple[FieldGrant, ...]] = attribute(default_factory=dict)
    setup: bool = False
    beside: tuple[Rights, ...] = ()
    within: Rights | None = None  # of whoever looks on: no field is shown beyond what these allow

    @property
    def each(self) -> tuple[Rights, ...]:
        """Return one's own, then those of everybody one stands in for."""
        return (replace(self, beside=()), *self.beside) if self.beside else (self,)

    def scopes(self, object_name: str, verb: Verb) -> frozenset[Scope]:
        """Return the scopes of a verb; empty means the verb is not granted."""
        found = frozenset(self.grants.get(object_name, {}).get(verb, ()))
        return found.union(*(one.scopes(object_name, verb) for one in self.beside)) if self.beside else found

    def may(self, object_name: str, verb: Verb) -> bool:
        """Say whether a verb is granted on at least some records."""
        return bool(self.scopes(object_name, verb))

    def opens(self, object_name: str, verb: Verb) -> bool:
        """Say whether a verb is granted, and whoever looks on may see something of the object, too."""
        looks_on = self.within is None or self.within.may(object_name, "read")
        return looks_on and self.may(object_name, verb)

    def reasons(self, object_name: str, verb: Verb) -> tuple[Grant, ...]:
        """Return every line that gives a verb, widest scope first."""
        by_scope = self.grants.get(object_name, {}).get(verb, {})
        own = tuple(grant for scope in reversed(SCOPES) for grant in by_scope.get(scope, ()))
        return (*own, *(line for one in self.beside for line in one.reasons(object_name, verb)))

    def named_level(self, address: str) -> Level | None:
        """Return the level that roles name for a field; None when none of them does."""
        named = self.fields.get(address)
        return max((grant.level for grant in named), key=LEVELS.index) if named else None


def rights_of(spec: Spec, role_names: Iterable[str]) -> Rights:
    """Return what the roles give together. Names that are no roles give nothing."""
    held = [name for name in dict.fromkeys(role_names) if name in spec.roles]
    parts = [_effective(spec)[name] for name in held]
    if len(parts) == 1:
        return parts[0]
    roles = dict.fromkeys(held)
    for part in parts:
        roles.update(dict.fromkeys(part.roles))
    return Rights(
        roles=tuple(roles),
        grants=_united(part.grants for part in parts),
        fields=_named(part.fields for part in parts),
        setup=any(part.setup for part in parts),
    )


def rights_held(spec: Spec, role_names: Iterable[str]) -> Rights:
    """Return what the roles give together, worked out once a spec: for questions about everybody, most of whom hold the
    same few.
    """
    names, known = tuple(role_names), _held_together(spec)
    if names not in known:
        known[names] = rights_of(spec, names)
    return known[names]


@once_per_spec
def _held_together(spec: Spec) -> dict[tuple[str, ...], Rights]:
    return {}


def everything(spec: Spec) -> Rights:
    """Return the rights of crmspec itself, for seeds and imports of a release: every verb on every record."""
    role = Role(name="crmspec", grants={EVERY_OBJECT: dict.fromkeys(_ALL_VERBS, ("all",))})
    return Rights(grants=_written(spec, role, role.grants))


_ALL_VERBS: tuple[Verb, ...] = ("create", "read", "update", "delete", "transfer", "export", "import", "share")


@once_per_spec
def _effective(spec: Spec) -> dict[str, Rights]:
    done: dict[str, Rights] = {}
    for name in spec.roles:
        _effective_role(spec, name, done, ())
    return done


def _effective_role(spec: Spec, name: str, done: dict[str, Rights], way: tuple[str, ...]) -> Rights:
    # A circle of includes is refused at `validate`; here it only must not run for ever.
    if name in way or name not in spec.roles:
        return Rights()
    if name in done:
        return done[name]
    role = spec.roles[name]
    included = [_effective_role(spec, other, done, (*way, name)) for other in role.include]
    given = _without(spec, _united(part.grants for part in included), role)
    fields = dict(_named(part.fields for part in included))
    fields = {address: tuple(_through(grant, name) for grant in grants) for address, grants in fields.items()}
    fields |= {address: (FieldGrant(name, address, level, (name,)),) for address, level in role.fields.items()}
    rights = Rights(
        roles=tuple(dict.fromkeys((name, *(inner for part in included for inner in part.roles)))),
        grants=_united((_led(given, name), _written(spec, role, role.grants))),
        fields=fields,
        setup=role.setup or any(part.setup for part in included),
    )
    if not way:
        done[name] = rights
    return rights


def _written(spec: Spec, role: Role, grants: Mapping[str, Mapping[Verb, tuple[Scope, ...]]]) -> Grants:
    """Write a role's own lines out, `*` over every object."""
    found: dict[str, dict[Verb, dict[Scope, tuple[Grant, ...]]]] = {}
    for written, verbs in grants.items():
        for object_name in spec.objects if written == EVERY_OBJECT else (written,):
            if object_name not in spec.objects:
                continue
            for verb, scopes in verbs.items():
                by_scope = found.setdefault(object_name, {}).setdefault(verb, {})
                for scope in scopes:
                    by_scope[scope] = (*by_scope.get(scope, ()), Grant(role.name, written, verb, scope, (role.name,)))
    return found


def _united(several: Iterable[Grants]) -> Grants:
    found: dict[str, dict[Verb, dict[Scope, tuple[Grant, ...]]]] = {}
    for grants in several:
        for object_name, verbs in grants.items():
            for verb, by_scope in verbs.items():
                into = found.setdefault(object_name, {}).setdefault(verb, {})
                for scope, lines in by_scope.items():
                    into[scope] = tuple(dict.fromkeys((*into.get(scope, ()), *lines)))
    return found


def _without(spec: Spec, grants: Grants, role: Role) -> Grants:
    """Take back what the role mutes."""
    muted = _written(spec, role, role.mute)
    found: dict[str, dict[Verb, Mapping[Scope, tuple[Grant, ...]]]] = {}
    for object_name, verbs in grants.items():
        for verb, by_scope in verbs.items():
            away = muted.get(object_name, {}).get(verb, {})
            left = {} if "all" in away else {scope: lines for scope, lines in by_scope.items() if scope not in away}
            if left:
                found.setdefault(object_name, {})[verb] = left
    return found


def _led(grants: Grants, name: str) -> Grants:
    """Put a role in front of the way its includes came."""
    return {
        object_name: {
            verb: {scope: tuple(_led_grant(line, name) for line in lines) for scope, lines in by_scope.items()}
            for verb, by_scope in verbs.items()
        }
        for object_name, verbs in grants.items()
    }


def _led_grant(line: Grant, name: str) -> Grant:
    return Grant(line.role, line.object, line.verb, line.scope, (name, *line.through))


def _through(line: FieldGrant, name: str) -> FieldGrant:
    return FieldGrant(line.role, line.field, line.level, (name, *line.through))


def _named(several: Iterable[Mapping[str, tuple[FieldGrant, ...]]]) -> dict[str, tuple[FieldGrant, ...]]:
    found: dict[str, tuple[FieldGrant, ...]] = {}
    for fields in several:
        for address, lines in fields.items():
            found[address] = tuple(dict.fromkeys((*found.get(address, ()), *lines)))
    return found
