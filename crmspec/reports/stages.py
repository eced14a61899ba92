"""`stage.type == 'open'` asks for some stages: said that way, a database can look them up in an index."""

from __future__ import annotations

from dataclasses import replace

from crmspec.formula import Expression, Type
from crmspec.records.paths import look
from crmspec.spec import Spec


def by_stages(spec: Spec, object_name: str, node: Expression) -> Expression:
    """Return a formula in which a stage's kind, compared with a constant, is the list of the stages of that kind.

    Blank stays blank: a record without a stage has no kind either. A kind that no stage has is left as it is.
    """
    if node.op == "compare" and node.value in ("==", "!="):
        found = _stages(spec, object_name, *node.args) or _stages(spec, object_name, *reversed(node.args))
        if found is not None:
            return found if node.value == "==" else Expression("not", node.type, (found,))
    if not node.args:
        return node
    args = tuple(by_stages(spec, object_name, part) for part in node.args)
    return node if args == node.args else replace(node, args=args)


def _stages(spec: Spec, object_name: str, kind: Expression, wanted: Expression) -> Expression | None:
    path = kind.value
    if kind.op != "path" or wanted.op != "literal" or not isinstance(path, tuple):
        return None
    seen = look(spec, object_name, path)
    if seen is None or seen.part != "type" or seen.field is None:
        return None
    stages = spec.pipelines[seen.field.pipeline].stages
    type_ = Type("choice", options=seen.field.option_names)
    names = [name for name in seen.field.option_names if name in stages and stages[name].type == wanted.value]
    if not names:
        return None
    longest = max(map(len, seen.field.option_names))
    field = Expression("path", type_, value=path[:-1], most=longest, reach=longest)
    literals = (Expression("literal", type_, value=name, most=len(name), reach=len(name)) for name in names)
    return Expression("in", Type("boolean"), (field, *literals))
