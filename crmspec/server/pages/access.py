"""Questions about access, for people whose roles say `setup`: who sees a field, what somebody may do, and why."""

from __future__ import annotations

from collections.abc import Iterable

from crmspec.access import (
    SENTENCES,
    Explanation,
    MatrixRow,
    Person,
    Row,
    Step,
    allows,
    explain,
    field_level,
    field_matrix,
    find_record,
    finder_of,
    is_id,
    list_people,
    load_actor_for,
    matrix_of,
    people_by_id,
    readable,
    rights_of,
    roles_held,
)
from crmspec.server.rendering import translations
from crmspec.server.show import defined_at, label
from crmspec.server.views import (
    AccessRow,
    Action,
    Choice,
    Control,
    FieldAccessPage,
    FieldAccessRow,
    Link,
    PersonAccessPage,
    WhyPage,
    WhyStep,
)
from crmspec.server.web import Exchange, Problem, Reply, Shown
from crmspec.server.words import VERBS as VERB_WORDS
from crmspec.spec import VERBS, Role, Verb

_NAMED_MOST = 60
_OF_FIELDS: tuple[Verb, ...] = ("read", "update", "export")


def ways_of(exchange: Exchange, current: str) -> tuple[Link, ...]:
    """Return the questions about access, as tabs."""
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    ways = (
        ("role", gettext("By role"), "shield-check", urls.to("setup", "access")),
        ("field", gettext("By field"), "eye", urls.to("setup", "field-access")),
        ("person", gettext("By person"), "user-round", urls.to("setup", "person-access")),
        ("why", gettext("May they, and why"), "circle-help", urls.to("setup", "why")),
    )
    return tuple(Link(label=words, url=url, icon=icon, current=name == current) for name, words, icon, url in ways)


def rows_of(exchange: Exchange, rows: Iterable[MatrixRow], address: str = "") -> tuple[AccessRow, ...]:
    """Return the lines of a matrix in the reader's words."""
    spec = exchange.spec
    return tuple(
        AccessRow(
            object=Link(
                label=exchange.words(spec.objects[row.object].label),
                url=exchange.urls.to("setup", "spec", row.object),
                icon=spec.objects[row.object].icon,
            ),
            scopes={verb: row.scopes.get(verb, ()) for verb in VERBS},
            fields=tuple((label(exchange, row.object, field), level) for field, level in row.fields.items()),
            defined_at=defined_at(exchange, address) if address else "",
        )
        for row in rows
    )


def _trail(exchange: Exchange) -> tuple[Link, ...]:
    gettext, urls = translations(exchange.language).gettext, exchange.urls
    return (
        Link(label=gettext("Set-up"), url=urls.to("setup")),
        Link(label=gettext("Access"), url=urls.to("setup", "access")),
    )


# --- by field ---


def by_field(exchange: Exchange) -> Reply:
    """Show who can see one field: roles, and the people who have one of them."""
    gettext, spec = translations(exchange.language).gettext, exchange.spec
    wanted = exchange.query.text("field")
    object_name, _, field_name = wanted.partition(".")
    one = spec.objects.get(object_name)
    if wanted and (one is None or field_name not in one.fields):
        raise Problem(404)
    rows, people = _field_rows(exchange, wanted) if wanted else ((), [])
    page = FieldAccessPage(
        title=gettext("Who can see a field"),
        ways=ways_of(exchange, "field"),
        url=exchange.urls.to("setup", "field-access"),
        controls=(_choose("field", gettext("Field"), wanted, _fields(exchange)),),
        field=f"{exchange.words(one.label)} · {label(exchange, object_name, field_name)}" if one else "",
        rows=rows,
        verbs=_OF_FIELDS,
        people=tuple(_person_link(exchange, person) for person in people[:_NAMED_MOST]),
        count=len(people),
        trail=_trail(exchange),
        defined_at=defined_at(exchange, wanted) if wanted else "",
    )
    return Shown(page)


def _field_rows(exchange: Exchange, address: str) -> tuple[tuple[FieldAccessRow, ...], list[Person]]:
    spec = exchange.spec
    object_name, _, field_name = address.partition(".")
    everybody = list_people(exchange.connection, active_only=True)
    # Many people hold the same few roles: each set of them is worked out once.
    held = {one.id: roles_held(spec, one.positions, one.roles) for one in everybody}
    rights = {roles: rights_of(spec, roles) for roles in set(held.values())}
    sees = {
        roles for roles, given in rights.items() if readable(field_level(given, spec, object_name, field_name))
    }
    rows = tuple(
        FieldAccessRow(
            role=_role_link(exchange, spec.roles[row.role]),
            level=row.level,
            scopes={verb: row.scopes.get(verb, ()) for verb in _OF_FIELDS},
            people=sum(row.role in rights[held[one.id]].roles for one in everybody),
            defined_at=defined_at(exchange, row.address) or defined_at(exchange, f"role:{row.role}"),
        )
        for row in field_matrix(spec, address)
    )
    return rows, [one for one in everybody if held[one.id] in sees]


def _role_link(exchange: Exchange, role: Role) -> Link:
    return Link(label=exchange.words(role.label, role.name), url=exchange.urls.to("setup", "access", role.name))


def _person_link(exchange: Exchange, one: Person) -> Link:
    return Link(label=one.name, url=exchange.urls.to("setup", "person-access", person=one.login))


# --- by person ---


def by_person(exchange: Exchange) -> Reply:
    """Show what a person, a position or a role may do, everything counted in."""
    gettext, spec = translations(exchange.language).gettext, exchange.spec
    wanted = exchange.query.text("person")
    actor = load_actor_for(exchange.connection, spec, wanted, exchange.now) if wanted else None
    if wanted and actor is None:
        raise Problem(404)
    choices = _people(exchange)
    chairs = spec.organization.positions
    held = () if actor is None else (
        *(Link(label=exchange.words(chairs[name].label, name)) for name in actor.positions),
        *(_role_link(exchange, spec.roles[name]) for name in actor.direct_roles if name in spec.roles),
    )
    page = PersonAccessPage(
        title=gettext("What somebody may do"),
        ways=ways_of(exchange, "person"),
        url=exchange.urls.to("setup", "person-access"),
        controls=(_choose("person", gettext("Person, position or role"), wanted, choices),),
        person=next((one.label for one in choices if one.name == wanted), wanted),
        rows=rows_of(exchange, matrix_of(spec, wanted, actor.rights)) if actor else (),
        verbs=VERBS,
        held=held,
        actions=(
            Action(
                label=gettext("Look at the screens as them"),
                url=exchange.urls.to("setup", "view-as"),
                method="post",
                icon="eye",
                fields=(("person", wanted),),
            ),
        ),
        trail=_trail(exchange),
    )
    return Shown(page)


def _people(exchange: Exchange) -> tuple[Choice, ...]:
    """Return everybody who can log in, then positions, then roles; what has the name of one before is that one."""
    gettext, spec = translations(exchange.language).gettext, exchange.spec
    found = {
        name: gettext("Position: %(name)s") % {"name": exchange.words(one.label, name)}
        for name, one in spec.organization.positions.items()
    }
    for name, role in spec.roles.items():
        found.setdefault(name, gettext("Role: %(name)s") % {"name": exchange.words(role.label, name)})
    people = (
        Choice(name=one.login, label=f"{one.name} ({one.login})")
        for one in list_people(exchange.connection, active_only=True)
        if one.login not in found
    )
    return (*people, *(Choice(name=name, label=words) for name, words in found.items()))


# --- why ---


def why(exchange: Exchange) -> Reply:
    """Say whether somebody may do something, and why; with a record, each step of the rule with its line."""
    gettext, query = translations(exchange.language).gettext, exchange.query
    person, target, record = query.text("person"), query.text("target"), query.text("record").strip()
    verb: Verb = next((one for one in VERBS if one == query.text("verb")), "read")
    found, problem = _asked(exchange, person, verb, target, record) if person and target else (None, "")
    people, targets = _people(exchange), (*_objects(exchange), *_fields(exchange))
    words = {one.name: one.label for one in (*people, *targets)}
    verbs = tuple(Choice(name=one, label=gettext(VERB_WORDS[one])) for one in VERBS)
    answer = ""
    if found is not None:
        sentence = gettext("Yes: %(person)s may") if found.allowed else gettext("No: %(person)s may not")
        answer = " · ".join((
            sentence % {"person": words.get(person, person)}, gettext(VERB_WORDS[verb]), words.get(target, target),
            *((record,) if record else ()),
        ))
    page = WhyPage(
        title=gettext("May they, and why"),
        ways=ways_of(exchange, "why"),
        url=exchange.urls.to("setup", "why"),
        controls=(
            _choose("person", gettext("Person, position or role"), person, people),
            _choose("verb", gettext("Verb"), verb, verbs),
            _choose("target", gettext("Object or field"), target, targets),
            Control(name="record", label=gettext("Record"), control="text", text=record,
                    help=gettext("Its id or its title; empty: whether there can be such records at all.")),
        ),
        answer=answer,
        allowed=found is not None and found.allowed,
        steps=tuple(_step(exchange, one) for one in found.steps) if found else (),
        problem=problem,
        trail=_trail(exchange),
    )
    return Shown(page)


def _asked(
    exchange: Exchange, person: str, verb: Verb, target: str, record: str
) -> tuple[Explanation | None, str]:
    """Return the answer, or what of the question makes no sense."""
    gettext, spec, connection = translations(exchange.language).gettext, exchange.spec, exchange.connection
    object_name, _, field_name = target.partition(".")
    actor = load_actor_for(connection, spec, person, exchange.now)
    if actor is None or object_name not in spec.objects or (
        field_name and field_name not in spec.objects[object_name].fields
    ):
        raise Problem(404)
    if not record:
        return explain(actor, verb, target), ""
    rows = _known(exchange, object_name, record)
    if len(rows) != 1:
        several = gettext("Several records have that title: write the id.")
        return None, several if rows else gettext("There is no record with that id or title.")
    names = people_by_id(connection)
    find = finder_of(connection, spec)
    return explain(actor, verb, target, rows[0], find, lambda one: names.get(one, "")), ""


def _known(exchange: Exchange, object_name: str, wanted: str) -> list[Row]:
    """Return the records meant that the person who asks may read: set-up rights are no rights to data, and that there
    is a record, and whose, is data.
    """
    viewer, connection = exchange.actor, exchange.connection
    one = exchange.spec.objects[object_name]
    if not is_id(wanted) and not readable(field_level(viewer.rights, exchange.spec, object_name, one.title_field)):
        return []
    find = finder_of(connection, exchange.spec)
    found = find_record(connection, exchange.spec, object_name, wanted)
    return [row for row in found if allows(viewer, "read", object_name, row, find)]


def _step(exchange: Exchange, one: Step) -> WhyStep:
    words = translations(exchange.language).gettext(SENTENCES[one.sentence]) % dict(one.words)
    part, dot, key = one.address.partition(".")
    line = defined_at(exchange, one.address) or (defined_at(exchange, part) if dot and key else "")
    return WhyStep(text=words, fits=one.fits, defined_at=line)


# --- what can be chosen ---


def _choose(name: str, words: str, chosen: str, choices: tuple[Choice, ...]) -> Control:
    return Control(name=name, label=words, control="select", text=chosen, choices=choices, required=True)


def _objects(exchange: Exchange) -> tuple[Choice, ...]:
    return tuple(Choice(name=one.name, label=exchange.words(one.label)) for one in exchange.spec.objects.values())


def _fields(exchange: Exchange) -> tuple[Choice, ...]:
    return tuple(
        Choice(name=f"{one.name}.{name}", label=f"{exchange.words(one.label)} · {label(exchange, one.name, name)}")
        for one in exchange.spec.objects.values()
        for name in one.fields
    )
