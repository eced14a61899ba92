"""What a plan says: renames, changes, questions, hazards, and what it refuses. No database is needed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from crmspec.diagnostics import Refused
from crmspec.plan import HAZARDS, Retired, diff_specs, make_plan, uses_of
from crmspec.plan.physical import in_turn
from crmspec.plan.renames import address_of, path_of, renamed_between
from crmspec.plan.zones import offsets
from crmspec.spec import (
    App,
    Dashboard,
    Index,
    Layout,
    ListView,
    Organization,
    Pipeline,
    Position,
    Report,
    Role,
    Section,
    Spec,
    Stage,
    Tile,
    Validation,
)
from tests.plan.building import field, options, spec, thing

CONTACT = thing("contact", field("name"), field("phone", "phone"), field("kind", "picklist", options="a b"))


@pytest.mark.parametrize(
    ("renames", "names", "expected"),
    [
        ([("contact.a", "contact.b")], "a", {"contact.a": "contact.b"}),
        ([("contact.a", "contact.b"), ("contact.b", "contact.c")], "a", {"contact.a": "contact.c"}),
        (
            [("contact.b", "contact.c"), ("contact.a", "contact.b"), ("contact.b", "contact.d")],
            "a b",
            {"contact.a": "contact.d", "contact.b": "contact.c"},
        ),
        (
            [("contact.a", "contact.b"), ("contact.b", "contact.a")],
            "a b",
            {"contact.a": "contact.b", "contact.b": "contact.a"},
        ),
        (
            [("contact.a", "contact.b"), ("contact.b", "contact.c"), ("contact.c", "contact.a")],
            "a b c",
            {"contact.a": "contact.b", "contact.b": "contact.c", "contact.c": "contact.a"},
        ),
        ([("contact.x", "contact.y")], "a", {}),
        ([("other.x", "other.y")], "a", {}),
    ],
)
def test_renames_are_played_in_order(renames: list[tuple[str, str]], names: str, expected: dict[str, str]) -> None:
    before = spec(thing("contact", *[field(name) for name in names.split()]))
    gone = {expected.get(f"contact.{name}", f"contact.{name}").partition(".")[2] for name in names.split()}
    after = spec(thing("contact", *[field(name) for name in gone]), renames=renames)
    renamed = renamed_between(before, after)
    assert {address_of(path): address_of(renamed.path(path)) for path in renamed.names} == expected


def test_a_rename_that_was_passed_is_not_played_again() -> None:
    renames = [("contact.a", "contact.b")]
    before = spec(thing("contact", field("b")), renames=renames)
    assert not renamed_between(before, spec(thing("contact", field("b")), renames=[*renames, ("x", "y")]))


def test_addresses_and_paths_are_two_ways_to_say_one_thing() -> None:
    for address in (
        "contact",
        "contact.name",
        "lead.status.very.hot",
        "role:rep",
        "pipeline:sales.won",
        "index:deal.one",
    ):
        assert address_of(path_of(address)) == address


def test_every_kind_of_part_can_be_renamed_and_nothing_else_changes() -> None:
    def everything(word: str, renames: list[tuple[str, str]]) -> Spec:
        x = word
        deal = thing(
            f"deal{x}",
            field(f"name{x}"),
            field("stage", "picklist", options=f"open{x} won", pipeline=f"sales{x}", default=f"open{x}"),
            field(f"up{x}", "lookup", to=f"deal{x}"),
            field("twice", "formula", result="text", formula=f"name{x}"),
            title_field=f"name{x}",
            indexes=[Index(name=f"name{x}_stage", fields=(f"name{x}", "-stage"))],
            validation={
                f"rule{x}": Validation(
                    name=f"rule{x}",
                    when=f"name{x} == 'name' and days_in_stage > 3",
                    message={"en": "no"},
                    field=f"name{x}",
                )
            },
        )
        return spec(
            deal,
            renames=renames,
            pipelines={
                f"sales{x}": Pipeline(
                    name=f"sales{x}",
                    object=f"deal{x}",
                    stages={
                        f"open{x}": Stage(name=f"open{x}", responsible=f"rep{x}", enter_requires=(f"name{x}",)),
                        "won": Stage(name="won"),
                    },
                    transitions=((f"open{x}", "won"),),
                )
            },
            roles={
                f"rep{x}": Role(
                    name=f"rep{x}", grants={f"deal{x}": {"read": ("all",)}}, fields={f"deal{x}.name{x}": "read"}
                )
            },
            organization=Organization(positions={f"chair{x}": Position(name=f"chair{x}", roles=(f"rep{x}",))}),
            reports={
                f"report{x}": Report(
                    name=f"report{x}",
                    object=f"deal{x}",
                    columns=(f"up{x}.name{x}",),
                    filter=f"up{x}.name{x} == 'up'",
                    totals={"records": ("count",)},
                    sort=(f"-name{x}",),
                    roles=(f"rep{x}",),
                )
            },
            list_views={f"view{x}": ListView(name=f"view{x}", object=f"deal{x}", columns=(f"name{x}", "owner"))},
            layouts={
                f"layout{x}": Layout(name=f"layout{x}", object=f"deal{x}", sections=(Section(fields=(f"name{x}",)),))
            },
            dashboards={
                f"board{x}": Dashboard(name=f"board{x}", tiles=(Tile(report=f"report{x}"), Tile(list_view=f"view{x}")))
            },
            apps={f"app{x}": App(name=f"app{x}", objects=(f"deal{x}",))},
        )

    pairs = [
        ("deal.name", "deal.name_2"),
        ("deal.up", "deal.up_2"),
        ("deal.stage.open", "deal.stage.open_2"),
        ("validation:deal.rule", "validation:deal.rule_2"),
        ("deal", "deal_2"),
        ("pipeline:sales", "pipeline:sales_2"),
        *(
            (f"{kind}:{name}", f"{kind}:{name}_2")
            for kind, name in (
                ("role", "rep"),
                ("position", "chair"),
                ("report", "report"),
                ("list_view", "view"),
                ("layout", "layout"),
                ("dashboard", "board"),
                ("app", "app"),
            )
        ),
    ]
    before, after = everything("", []), everything("_2", pairs)
    assert {change.action for change in diff_specs(before, after)} == {"rename"}
    assert {change.action for change in diff_specs(after, before, backward=True)} == {"rename"}
    assert make_plan(before, after).hazards == ()


def test_a_stage_and_its_option_are_renamed_together() -> None:
    def deals(stage: str, renames: list[tuple[str, str]]) -> Spec:
        return spec(
            thing("deal", field("stage", "picklist", options=f"open {stage}", pipeline="sales")),
            renames=renames,
            pipelines={
                "sales": Pipeline(
                    name="sales", object="deal", stages={"open": Stage(name="open"), stage: Stage(name=stage)}
                )
            },
        )

    for pair in (("deal.stage.won", "deal.stage.done"), ("pipeline:sales.won", "pipeline:sales.done")):
        (change,) = diff_specs(deals("won", []), deals("done", [pair]))
        assert (change.action, change.was, change.address) == ("rename", "pipeline:sales.won", "pipeline:sales.done")


def test_an_empty_project_is_refused() -> None:
    with pytest.raises(Refused, match="no objects, and 1 are deployed"):
        make_plan(spec(CONTACT), spec())


def test_nothing_to_do_is_an_empty_plan() -> None:
    plan = make_plan(spec(CONTACT), spec(replace(CONTACT, fields=dict(reversed(list(CONTACT.fields.items()))))))
    assert not plan
    assert (plan.changes, plan.steps, plan.hazards, plan.questions) == ((), (), (), ())


def test_a_first_plan_poses_nothing_to_allow() -> None:
    plan = make_plan(None, spec(CONTACT, roles={"rep": Role(name="rep", grants={"contact": {"read": ("all",)}})}))
    assert plan.hazards == ()
    assert {change.action for change in plan.changes} == {"add"}


def test_new_objects_and_new_roles_widen_nothing() -> None:
    role = Role(name="rep", grants={"contact": {"read": ("own",)}})
    more = replace(role, grants={**role.grants, "deal": {"read": ("all",)}})
    plan = make_plan(
        spec(CONTACT, roles={"rep": role}),
        spec(
            CONTACT,
            thing("deal", field("name")),
            roles={"rep": more, "boss": Role(name="boss", grants={"*": {"delete": ("all",)}})},
        ),
    )
    assert plan.hazards == ()


@pytest.mark.parametrize(
    ("default_access", "expected"), [("read", "widens_access"), ("controlled_by_parent", "narrows_access")]
)
def test_default_access_widens_or_narrows(default_access: str, expected: str) -> None:
    role = {"rep": Role(name="rep", grants={"contact": {"read": ("own",), "update": ("own",)}})}
    before = replace(CONTACT, default_access="private" if expected == "widens_access" else "edit")
    plan = make_plan(spec(before, roles=role), spec(replace(CONTACT, default_access=default_access), roles=role))  # type: ignore[arg-type]
    assert {hazard.name for hazard in plan.hazards} == {expected}


def test_a_position_gains_and_loses_roles() -> None:
    def chairs(*roles: str) -> Spec:
        return spec(
            CONTACT,
            roles={
                "a": Role(name="a", grants={"contact": {"read": ("own",)}}),
                "b": Role(name="b", grants={"contact": {"create": ("all",)}}),
            },
            organization=Organization(positions={"chair": Position(name="chair", roles=roles)}),
        )

    plan = make_plan(chairs("a"), chairs("b"))
    assert [(hazard.name, hazard.address) for hazard in plan.hazards] == [
        ("widens_access", "position:chair"),
        ("narrows_access", "position:chair"),
    ]


def test_objects_are_asked_about_when_they_are_alike() -> None:
    other = replace(CONTACT, name="person")
    (question,) = make_plan(spec(CONTACT, thing("x", field("a"))), spec(other, thing("x", field("a")))).questions
    assert question.line == "- {from: contact, to: person}"
    unlike = thing("person", field("born", "date"), field("name"))
    assert make_plan(spec(CONTACT), spec(unlike)).questions == ()


def test_options_and_reports_are_asked_about() -> None:
    report = Report(name="one", object="contact", columns=("name", "phone"))
    before = spec(CONTACT, reports={"one": report})
    after = spec(
        replace(CONTACT, fields={**CONTACT.fields, "kind": field("kind", "picklist", options="a c")}),
        reports={"two": replace(report, name="two")},
    )
    assert [question.line for question in make_plan(before, after).questions] == [
        "- {from: contact.kind.b, to: contact.kind.c}",
        "- {from: report:one, to: report:two}",
    ]


def test_who_uses_a_field_is_found_in_paths_and_formulas() -> None:
    deal = thing(
        "deal",
        field("name"),
        field("contact", "lookup", to="contact"),
        field("mark", "formula", result="text", formula="contact.phone"),
    )
    whole = spec(
        CONTACT,
        deal,
        reports={"r": Report(name="r", object="deal", columns=("contact.phone",))},
        list_views={"v": ListView(name="v", object="contact", filter="name == 'phone'")},
        roles={"rep": Role(name="rep", fields={"contact.phone": "none"})},
    )
    uses = uses_of(whole, "contact.phone")
    assert uses.by == {"report": ("r",), "formula": ("deal.mark",), "role": ("rep",)}
    assert str(uses) == "1 report, 1 formula and 1 role"


def test_hazards_have_a_meaning_each() -> None:
    assert set(HAZARDS) == {
        "loses_data",
        "may_fail_on_data",
        "rewrites_table",
        "blocks_writes",
        "widens_access",
        "narrows_access",
        "breaks_consumers",
    }


def test_every_hazard_stands_at_a_step_where_a_table_changes() -> None:
    plan = make_plan(
        spec(CONTACT), spec(thing("contact", field("name"), field("kind", "multi_picklist", options="a b")))
    )
    assert {hazard.address for step in plan.steps for hazard in step.hazards} == {
        hazard.address for hazard in plan.hazards
    }


def test_what_is_retired_is_remembered_and_forgotten() -> None:
    less = thing("contact", field("name"), field("kind", "picklist", options="a b"))
    first = make_plan(spec(CONTACT), spec(less), revision="0002_x")
    assert first.retired == (
        Retired(
            address="contact.phone",
            kind="field",
            table="contact",
            names=("phone",),
            part=CONTACT.fields["phone"],
            stored_as=("crmspec_0002_phone",),
            revision="0002_x",
        ),
    )
    assert make_plan(spec(less), spec(CONTACT), retired=first.retired, revision="0003_x").retired == ()
    renamed = spec(replace(less, name="person"), renames=[("contact", "person")])
    later = make_plan(spec(less), renamed, retired=first.retired, revision="0003_x")
    assert [(one.address, one.table) for one in later.retired] == [("person.phone", "person")]


def test_a_field_of_another_type_does_not_get_retired_values() -> None:
    less = thing("contact", field("name"), field("kind", "picklist", options="a b"))
    retired = make_plan(spec(CONTACT), spec(less), revision="0002_x").retired
    other = replace(CONTACT, fields={**CONTACT.fields, "phone": field("phone", "integer")})
    plan = make_plan(spec(less), spec(other), retired=retired, revision="0003_x")
    assert plan.retired == retired
    assert any("ADD COLUMN" in statement for statement in plan.sql("postgresql"))


@pytest.mark.parametrize(
    "renames", [{"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}, {"a": "b", "b": "c"}, {"a": "a"}, {}]
)
def test_names_take_turns_without_ever_meeting(renames: dict[str, str]) -> None:
    there = {name: name for name in renames}
    for old, new in in_turn(renames):
        assert new not in there
        there[new] = there.pop(old)
    assert there == {new: old for old, new in renames.items()}


def test_offsets_of_a_zone_are_those_of_the_calendar() -> None:
    assert [f"{moment:%Y-%m-%d %H:%M} {offset}" for moment, offset in offsets("Europe/Berlin")[-2:]] == [
        "2037-03-29 01:00 2:00:00",
        "2037-10-25 01:00 1:00:00",
    ]
    assert len(offsets("UTC")) == 1


def test_the_same_input_gives_the_same_plan_in_another_process() -> None:
    code = (
        "from tests.plan.building import *\n"
        "from crmspec.plan import make_plan\n"
        "a = spec(*[thing(n, field('x'), field('y', 'picklist', options='p q r')) for n in 'dbca'])\n"
        "b = spec(*[thing(n, field('z'), field('y', 'multi_picklist', options='q p r'), field('l', 'lookup', to='a'))\n"
        "           for n in 'abce'])\n"
        "plan = make_plan(a, b, revision='0002_x')\n"
        "print(plan.changes, plan.hazards, plan.questions, list(plan.sql('sqlite')), list(plan.sql('postgresql')))\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_options_keep_any_text() -> None:
    nasty = options("it's", '"', "a;b", "-- x", "100 %", "客户", ":name", "\\", "x" * 200)
    plan = make_plan(spec(thing("t", field("n"))), spec(thing("t", field("n"), field("k", "picklist", options=nasty))))
    assert any("'it''s'" in statement for statement in plan.sql("postgresql"))


def test_another_object_of_the_same_name_gets_no_retired_records() -> None:
    deal = thing("deal", field("name"))
    retired = make_plan(spec(CONTACT, deal), spec(deal), revision="0002_x").retired
    other = thing("contact", field("subject"), field("day", "date"))
    assert make_plan(spec(deal), spec(deal, other), retired=retired).returned == ()
    assert [one.address for one in make_plan(spec(deal), spec(deal, CONTACT), retired=retired).returned] == ["contact"]
