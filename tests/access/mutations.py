"""Ways to break the rule, each a small named edit of one function: what the tests of agreement have to notice.

`old` has to stand in the function exactly once, so that an edit that no longer fits the code is noticed, too. Edits are
made to the running functions only. `paths` are those that no decision about a single record can show: they are held
against every way to the records instead. Add one for every mistake that was made.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Mutation:
    """`where` is `module.function` or `module.Class.method`; without `old` it is a constant that becomes `new`."""

    name: str
    where: str
    old: str
    new: str
    paths: bool = False
    always: tuple[str, str] = ("", "")  # a constant that has to be another for the edit to matter

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        """Make the edit, wherever the function is known."""
        for where, value in (self.always, (self.where, self.new) if not self.old else ("", "")):
            if where:
                home, _, name = where.rpartition(".")
                module = importlib.import_module(f"crmspec.{home}")
                _everywhere(patch, getattr(module, name), eval(value, vars(module)))
        if self.old:
            self._edit(patch)

    def _edit(self, patch: pytest.MonkeyPatch) -> None:
        home, _, name = self.where.rpartition(".")
        owner: Any = None
        if "." in home and home.rpartition(".")[2][0].isupper():
            home, _, class_name = home.rpartition(".")
            owner = getattr(importlib.import_module(f"crmspec.{home}"), class_name)
        module = importlib.import_module(f"crmspec.{home}")
        found = inspect.getattr_static(owner or module, name)
        plain: Any = found.fget if isinstance(found, property) else found
        source = textwrap.dedent(inspect.getsource(plain))
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: `{self.old}` stands {source.count(self.old)} times in {self.where}")
        names = dict(vars(module))
        exec(f"from __future__ import annotations\n{source.replace(self.old, self.new)}", names)
        if owner is not None:
            patch.setattr(owner, name, names[name])
            return
        # The new function looks its names up where the old one did, so that other edits reach it.
        made = names[name]
        inner = getattr(made, "__wrapped__", made)
        rebound = type(inner)(inner.__code__, vars(module), name, inner.__defaults__, inner.__closure__)
        rebound.__kwdefaults__ = inner.__kwdefaults__
        if inner is not made:
            rebound = vars(module)["once_per_spec"](rebound)
        _everywhere(patch, found, rebound)


def _everywhere(patch: pytest.MonkeyPatch, found: object, made: object) -> None:
    """Replace a function, or a constant, in every module that has taken it over."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("crmspec.", "tests.access.")):
            for key, value in list(vars(module).items()):
                if value is found:
                    patch.setattr(module, key, made)


def _of(where: str, *edits: tuple[str, str, str], paths: bool = False) -> Iterator[Mutation]:
    for name, old, new in edits:
        yield Mutation(name, where, old, new, paths)


MUTATIONS: tuple[Mutation, ...] = (
    # Where people sit.
    *_of(
        "access.organization.graph_of",
        ("the heads of all lines are one team", "if position.reports_to else set()", ""),
        (
            "subordinates take in the others on one's own position",
            "frozenset(below[name])",
            "frozenset({name, *below[name]})",
        ),
        ("department reaches those below", "for one in mine for chair", "for one in under for chair"),
        (
            "department_below leaves its own out",
            "for lower in (one, *departments.get(one, ()))",
            "for lower in departments.get(one, ())",
        ),
        ("a department is not below itself", "frozenset({name} | lower)", "frozenset(lower)"),
        (
            "team is everybody on the same position",
            "frozenset({name} | (siblings[position.reports_to]",
            "frozenset({name} | (set()",
        ),
    ),
    *_of(
        "access.organization._departments_of",
        (
            "a manager does not reach the managed department",
            "return found | ({own} if own else set())",
            "return {own} if own else set()",
        ),
        (
            "a manager loses the own department",
            "return found | ({own} if own else set())",
            "return found or ({own} if own else set())",
        ),
    ),
    *_of(
        "access.organization._below",
        ("the line ends after one step", "            upper = above[upper]", "            break"),
    ),
    *_of(
        "access.organization.Graph.positions",
        ("only the first position counts", "for position in held:", "for position in list(held)[:1]:"),
    ),
    # What roles give.
    *_of(
        "access.rights._without",
        ("mute takes nothing back", 'left = {} if "all" in away else', "left = by_scope if away else"),
        ("muting all leaves the narrower scopes", 'left = {} if "all" in away else', "left ="),
    ),
    *_of(
        "access.rights._effective_role",
        ("includes give nothing", "for other in role.include]", "for other in ()]"),
        ("only the first include counts", "for other in role.include]", "for other in role.include[:1]]"),
        (
            "mute takes the role's own lines, too",
            "grants=_united((_led(given, name), _written(spec, role, role.grants))),",
            "grants=_without(spec, _united((_led(given, name), _written(spec, role, role.grants))), role),",
        ),
        ("an include outranks the role itself on a field", "fields |= {", "fields = fields | {}; fields = {"),
        (
            "own lines are forgotten where something is included",
            "_written(spec, role, role.grants))),",
            "{} if given else _written(spec, role, role.grants))),",
        ),
    ),
    *_of(
        "access.rights._written",
        ("`*` is the name of no object", "spec.objects if written == EVERY_OBJECT else (written,)", "(written,)"),
    ),
    *_of("access.rights.Rights.named_level", ("the lowest named level counts", "max((grant.level", "min((grant.level")),
    *_of(
        "access.rights.rights_of",
        ("only the first role counts", "if name in spec.roles]", "if name in spec.roles][:1]"),
        ("included roles are not held", "roles.update(dict.fromkeys(part.roles))", "pass"),
    ),
    *_of(
        "access.rights.Rights.each",
        ("fields of those one stands in for do not count", "*self.beside) if self.beside", "*()) if self.beside"),
    ),
    *_of(
        "access.rights.Rights.scopes",
        ("verbs of those one stands in for do not count", "if self.beside else found", "if False else found"),
        paths=True,
    ),
    # Fields.
    *_of(
        "access.fields._level",
        ("whoever reads may edit", 'highest: Level = "edit" if writes else "read"', 'highest: Level = "edit"'),
        ("a named level goes beyond the verbs", "lowest((named, highest))", "named"),
        (
            "a formula forgets what it reads",
            'lowest((own, "read", *_inputs(rights, spec, object_name, field, way)))',
            'lowest((own, "read"))',
        ),
        ("without any verb a field is read", 'return "none"\n    field', 'return "read"\n    field'),
        ("a formula can be edited", '(own, "read", *_inputs', "(own, *_inputs"),
    ),
    *_of(
        "access.fields._sources",
        ("a sum does not need the children", 'yield child, "id"', "pass"),
        (
            "a sum does not need the way to the children",
            "for name in (path_text, field.via) if name]",
            "for name in (path_text,) if name]",
        ),
    ),
    *_of("access.fields._highest", ("the lowest of the identities counts", "max(levels", "min(levels")),
    # Whom rules name.
    *_of(
        "access.principals.is_one_of",
        ("only direct roles are meant", "one.role in actor.rights.roles", "one.role in actor.direct_roles"),
        ("all entries have to fit", "return any(", "return all("),
        (
            "only the first position is asked",
            "held = frozenset(actor.positions)",
            "held = frozenset(actor.positions[:1])",
        ),
    ),
    *_of(
        "access.principals._positions",
        (
            "departments below never count",
            "if one.below else frozenset({one.name})",
            "if False else frozenset({one.name})",
        ),
        (
            "departments below always count",
            "if one.below else frozenset({one.name})",
            "if True else frozenset({one.name})",
        ),
        ("managers are no part of a department", "inside | (managers & set(chairs))", "inside"),
        ("positions below never count", '"subordinates") if one.below else', '"subordinates") if False else'),
        ("positions below always count", '"subordinates") if one.below else', '"subordinates") if True else'),
        (
            "with those below the position itself is left out",
            "frozenset({one.name} | lower)",
            "(lower or frozenset({one.name}))",
        ),
        (
            "team_of is the line below",
            'graph.positions((one.name,), "team")',
            'graph.positions((one.name,), "subordinates")',
        ),
        ("included roles bring nobody", "in rights_of(spec, chair.roles).roles", "in chair.roles"),
    ),
    *_of(
        "access.principals.restrictions_for",
        (
            "a stand-in's own restrictions are lifted",
            "people = (identity, *identity.narrowed_by)",
            "people = (identity,)",
        ),
        (
            "the restrictions of whom one stands in for are lifted",
            "people = (identity, *identity.narrowed_by)",
            "people = identity.narrowed_by or (identity,)",
        ),
        ("me() in a restriction is somebody else", "Held(rule, one.me)", "Held(rule, identity.me)"),
        ("only the first restriction holds", "for rule in rules if", "for rule in rules[:1] if"),
    ),
    # What a verb reaches.
    Mutation(
        "update does not need read",
        "access.reach.NEEDS_READ",
        "",
        'frozenset({"delete", "transfer", "export", "share"})',
    ),
    Mutation(
        "delete does not need read",
        "access.reach.NEEDS_READ",
        "",
        'frozenset({"update", "transfer", "export", "share"})',
    ),
    Mutation(
        "export does not need read",
        "access.reach.NEEDS_READ",
        "",
        'frozenset({"update", "transfer", "delete", "share"})',
    ),
    Mutation(
        "open for reading is open for update",
        "access.reach._OPENED",
        "",
        '{"read": frozenset({"read", "update"}), "edit": frozenset({"read", "update"})}',
    ),
    Mutation(
        "open for update is open for reading only",
        "access.reach._OPENED",
        "",
        '{"read": frozenset({"read"}), "edit": frozenset({"read"})}',
    ),
    Mutation(
        "open for update is open for deletion",
        "access.reach._OPENED",
        "",
        '{"read": frozenset({"read"}), "edit": frozenset({"read", "update", "delete"})}',
    ),
    *_of(
        "access.reach._granted_reach",
        ("what is open to everybody is open to guests", 'and actor.kind != "guest"', ""),
        (
            "restrictions do not hold for a new row",
            "restrictions = restrictions_for(actor, object_name)",
            'restrictions = () if verb == "create" else restrictions_for(actor, object_name)',
        ),
        (
            "restrictions hold for reading only",
            "restrictions = restrictions_for(actor, object_name)",
            'restrictions = restrictions_for(actor, object_name) if verb == "read" else ()',
        ),
        (
            "restrictions do not hold for the scope all",
            'if "all" in scopes or opened:\n        return Reach(True, True, parent=parent, restrictions=restrictions)',
            'if "all" in scopes or opened:\n        return Reach(True, True, parent=parent)',
        ),
        (
            "restrictions do not hold where everything is shared",
            "if owners is None:\n        return Reach(True, True, parent=parent, restrictions=restrictions)",
            "if owners is None:\n        return Reach(True, True, parent=parent)",
        ),
        ("update follows read of the parent", 'else "update") if follows', 'else "read") if follows'),
        (
            "export needs update of the parent",
            '"read" if verb in ("read", "export") else',
            '"read" if verb == "read" else',
        ),
        ("a share for reading is one for update", '"update": "edit"', '"update": "read"'),
        ("a share for update is one for deletion", '"update": "edit"', '"update": "edit", "delete": "edit"'),
        ("a share grants the verb itself", "if not scopes or one is None:", "if one is None:"),
        (
            "an unscoped verb reaches everything",
            '"all" in scopes or opened',
            '"all" in scopes or opened or len(scopes) > 2',
        ),
        ("only one scope counts", "for scope in scopes)", "for scope in sorted(scopes)[:1])"),
    ),
    *_of(
        "access.reach.Reach.and_also",
        ("what read does not reach can be changed", "also=replace(other, parent=None, restrictions=())", "also=None"),
        (
            "the weaker verb on the parent is enough",
            'parent = "update" if "update" in (self.parent, other.parent) else self.parent',
            'parent = "read" if "read" in (self.parent, other.parent) else self.parent',
        ),
    ),
    *_of(
        "access.reach.Reach._within",
        ("shares are taken for granted", "and shares", "and True"),
        ("sharing rules are taken for granted", "and all(rule in other.criteria for rule in self.criteria)", ""),
        ("owners are taken for granted", "and self.owners <= other.owners", ""),
    ),
    *_of(
        "access.reach._shared_by_rules",
        ("a rule for reading opens update", "verb not in _OPENED[rule.access]", 'verb not in ("read", "update")'),
        ("a rule opens to everybody", "or not is_one_of(actor, rule.to)", ""),
        ("a rule by owner opens all records", "elif not rule.owned_by:", "elif True:"),
        (
            "only the last rule by owner counts",
            "owners |= owners_meant(actor, rule)",
            "owners = owners_meant(actor, rule)",
        ),
        (
            "a rule by condition and owner asks for the owner alone",
            "if rule.where:",
            "if rule.where and not rule.owned_by:",
        ),
    ),
    *_of(
        "access.reach.parent_lookup",
        ("children stand for themselves", 'if one.default_access != "controlled_by_parent":', "if True:"),
    ),
    # The rule as SQL.
    *_of(
        "access.in_sql.predicate",
        ("nobody stands in for anybody", "for identity in actor.identities", "for identity in actor.identities[:1]"),
    ),
    *_of(
        "access.in_sql._condition",
        ("restrictions are forgotten", "return _all((opened, *held))", "return opened"),
        ("what the verb needs besides is forgotten", "if found.also is not None:", "if False:"),
        ("one of two needs is enough", "opened = _all((opened, _opened", "opened = _any((opened, _opened"),
        ("a restriction opens", "return _all((opened, *held))", "return _any((opened, *held))"),
    ),
    *_of(
        "access.in_sql._shared",
        ("any share opens update", 'if found.shared in ("read", access))', ")"),
        (
            "shares of other objects count",
            "actor.shares.get(object_name, {})",
            "{k: v for one in actor.shares.values() for k, v in one.items()}",
        ),
        ("only shares for update count", 'if found.shared in ("read", access))', 'if access == "edit")'),
    ),
    *(
        Mutation(name, "access.in_sql._shared", old, new, always=("access.in_sql.SHARES_MOST", "-1"))
        for name, old, new in (
            ("many shares: they never end", "sa.or_(share.c.until.is_(None), share.c.until > actor.now),", ""),
            ("many shares: everybody's count", "share.c.person_id == actor.person_id,", ""),
            ("many shares: those of other objects count", "share.c.object == object_name,", ""),
            (
                "many shares: any opens update",
                'rows if found.shared == "read" else rows.where(share.c.access == "edit")',
                "rows",
            ),
        )
    ),
    *_of(
        "access.in_sql._by_rule",
        ("the owner does not matter where there is a condition", "if not rule.owned_by:", "if True:"),
        (
            "the condition does not matter where there is an owner",
            "_all((table.c.owner_id.in_(owners), fits))",
            "table.c.owner_id.in_(owners)",
        ),
        ("no owner is every owner", "if owners else sa.false()", "if owners else fits"),
    ),
    *_of(
        "access.in_sql._opened",
        ("sharing rules are forgotten", "ways.extend(", "list("),
        (
            "no owner at all is one's own",
            "ways.append(table.c.owner_id.in_(sorted(found.owners)))",
            "ways.append(sa.or_(table.c.owner_id.is_(None), table.c.owner_id.in_(sorted(found.owners))))",
        ),
    ),
    *_of(
        "access.in_sql._through_parent",
        (
            "without a parent everything is open",
            "ways = [_all((column.is_(None), opened))]",
            "ways = [column.is_(None)]",
        ),
        ("without a parent nothing is open", "ways = [_all((column.is_(None), opened))]", "ways = []"),
        ("a child's own scopes open it, too", "ways = [_all((column.is_(None), opened))]", "ways = [opened]"),
        ("the parent's object does not matter", "if len(field.to) == 1 else", "if True else"),
        (
            "the parent is asked for read alone",
            "rule = _condition(actor, verb, target, parent, way)",
            'rule = _condition(actor, "read", target, parent, way)',
        ),
        (
            "every parent lets through",
            "inner = sa.true() if is_everything(rule) else",
            "inner = sa.true() if True else",
        ),
    ),
    *_of(
        "access.criteria.condition_sql",
        ("what is not known counts as yes", "sqlalchemy.false())", "sqlalchemy.true())"),
        ("me() is nobody", "condition_context(spec, me)", "condition_context(spec, None)"),
    ),
    *_of(
        "access.criteria._system_column",
        ("the owner is who made the record", 'return f"{name}_id"', 'return "created_by_id"'),
    ),
    # Who somebody is, as the database says.
    *_of(
        "access.load._people",
        ("who was switched off may come in", ".where(person.c.active, sa.or_(", ".where(sa.or_("),
        ("standing in begins at once", "away.c.since <= now, ", ""),
        ("standing in never ends", ", sa.or_(away.c.until.is_(None), away.c.until > now)", ""),
        (
            "the one who is away stands in",
            "sa.select(away.c.person_id).where(\n        away.c.stand_in_id == person_id",
            "sa.select(away.c.stand_in_id).where(\n        away.c.person_id == person_id",
        ),
    ),
    *_of(
        "access.load._held",
        ("former positions bring roles", ", ~chairs.c.former)", ")"),
        ("a role that ended goes on", "sa.or_(roles.c.until.is_(None), roles.c.until > now)", "sa.true()"),
        ("a role that ends is none", "sa.or_(roles.c.until.is_(None), roles.c.until > now)", "roles.c.until.is_(None)"),
        ("a share that ended goes on", "sa.or_(share.c.until.is_(None), share.c.until > now)", "sa.true()"),
        (
            "positions of several people are mixed",
            "found[who].positions.append(name)",
            "[one.positions.append(name) for one in found.values()]",
        ),
        (
            "roles of several people are mixed",
            "found[who].roles.append(name)",
            "[one.roles.append(name) for one in found.values()]",
        ),
        (
            "shares of several people are mixed",
            "found[who].shares.setdefault(name, {})[record_id] = access",
            "[one.shares.setdefault(name, {}).update({record_id: access}) for one in found.values()]",
        ),
    ),
    *_of(
        "access.load._with_owners",
        (
            "one's own records are not in a wider scope",
            "scope: frozenset({who}) | sitting(names)",
            "scope: sitting(names)",
        ),
        ("owners by a direct role are forgotten", " | by_role.get(one.role, frozenset())", ""),
        ("owners by position are forgotten", "sitting(chairs[one]) | by_role", "by_role"),
    ),
    *_of(
        "access.load._holders",
        (
            "records of who left are out of sight",
            "table.c.position.in_(every))",
            "table.c.position.in_(every), ~table.c.former)",
        ),
    ),
    *_of(
        "access.load._role_holders",
        ("owners by a role that ended count", ", sa.or_(table.c.until.is_(None), table.c.until > now)", ""),
        (
            "owners by a role that includes it do not count",
            "if name in rights_of(spec, (one,)).roles]",
            "if name == one]",
        ),
    ),
    *_of(
        "access.load._reached",
        (
            "only the first position reaches",
            "graph_of(spec).positions(actor.positions, scope)",
            "graph_of(spec).positions(actor.positions[:1], scope)",
        ),
    ),
    *_of(
        "access.actor.Actor.identities",
        (
            "rights meet scopes of another",
            "return (alone, *(replace(one, narrowed_by=(alone,)) for one in self.stands_in))",
            "return (alone, *(replace(one, narrowed_by=(alone,), rights=alone.rights) for one in self.stands_in))",
        ),
        (
            "scopes meet rights of another",
            "return (alone, *(replace(one, narrowed_by=(alone,)) for one in self.stands_in))",
            "return (alone, *(replace(alone, rights=one.rights) for one in self.stands_in))",
        ),
        ("standing in escapes one's own restrictions", "replace(one, narrowed_by=(alone,))", "one"),
    ),
    # The rule in Python, which guards what is written.
    *_of(
        "access.oracle.may_become",
        ("the new row is not looked at", "else not allows(identity, verb, object_name, after, find)", "else False"),
        ("a transfer may lead past a restriction", "held_back_by(identity, object_name, after)", "False"),
        ("the old row is not looked at", "if not allows(identity, verb, object_name, before, find):", "if False:"),
        (
            "one identity for the old row, another for the new",
            "not allows(identity, verb, object_name, after, find)",
            "not allows(actor, verb, object_name, after, find)",
        ),
    ),
    *_of("access.oracle._true", ("what is not known counts as yes in Python", "is True", "is not False")),
    *_of(
        "access.oracle.is_shared",
        ("a share for reading is one for update in Python", 'access == "edit" and verb in', "access and verb in"),
    ),
    *_of(
        "access.oracle._parent_lets",
        ("read of the parent is enough in Python", 'return verb in ("read", "export") or', "return True or"),
    ),
    *_of(
        "access.oracle.held_back_by",
        ("a stand-in's own restrictions are lifted in Python", "(actor, *actor.narrowed_by)", "(actor,)"),
    ),
    # Ways to the records.
    *_of(
        "records.changing._may_stay",
        ("a changed row is not looked at", "if actor is not None and not may_become(", "if False and not may_become("),
        paths=True,
    ),
    *_of(
        "records.writing.may_be_made",
        ("a new row is not looked at", "if actor is not None and not allows(", "if False and not allows("),
        paths=True,
    ),
    *_of(
        "records.conditions._seen_by_reader",
        ("a filter finds what a name hides", "if rule is None:", "if True:"),
        paths=True,
    ),
    *_of(
        "records.sources.Source.beyond",
        ("a join shows what is hidden", "if rule is not None:", "if False:"),
        paths=True,
    ),
    *_of(
        "records.sources.Source._rollup",
        ("a sum counts what is hidden", "if rule is not None:", "if False:"),
        paths=True,
    ),
    *_of("records.pages.conditions_of", ("a list has no rule", "if rule is not None:", "if False:"), paths=True),
    *_of(
        "records.pages.hidden_paths",
        ("a formula may read everything", "if not reading.reads(object_name, path))", "if False)"),
        paths=True,
    ),
    *_of("records.finding._of_object", ("search has no rule", "if rule is not None:", "if False:"), paths=True),
    *_of("records.finding._records", ("a look-up has no rule", "if rule is not None:", "if False:"), paths=True),
    *_of(
        "records.records.Records.title",
        ("a title has no rule", "statement if rule is None else statement.where(rule)", "statement"),
        paths=True,
    ),
    *_of(
        "records.records.Records.history",
        ("a history has no rule", "self.get(object_name, record_id, columns=())", "pass"),
        paths=True,
    ),
    *_of(
        "records.records.Records.get",
        ("a record has no rule", "(picked if rule is None else picked.where(rule))", "picked"),
        paths=True,
    ),
    *_of(
        "records.keyset.sortable",
        ("whatever is stored can be sorted by", "not reading.reads(object_name, path)", "False"),
        paths=True,
    ),
    *_of(
        "records.drafts.Draft._settable",
        ("a field that is only read can be written", 'elif level != "edit" or', "elif"),
        paths=True,
    ),
    *_of(
        "records.changing.draft_of",
        ("what may be read may be changed", 'if not row["crmspec_allowed"]:', "if False:"),
        paths=True,
    ),
    *_of(
        "records.boards.pipeline_named",
        ("a board shows a hidden stage", "or not reading.reads(object_name, pipeline.field)", ""),
        paths=True,
    ),
    *_of(
        "reports.querying.Query._source", ("a report has no rule", "[] if rule is None else [rule]", "[]"), paths=True
    ),
    *_of(
        "reports.querying.Query._source",
        ("an export is a report", "self.reading.rule(self.asked.verb,", 'self.reading.rule("read",'),
        paths=True,
    ),
    *_of("reports.asking.asked", ("a report may use what is hidden", "if hidden:", "if False:"), paths=True),
    *_of(
        "records.searching.match",
        ("search looks into hidden fields", "if reading.reads(name, field.name)", "if True"),
        paths=True,
    ),
    *_of(
        "access.reach.may_reach",
        (
            "what one identity may, the person may not",
            "for identity in actor.identities)",
            "for identity in actor.identities[:1])",
        ),
        paths=True,
    ),
)
