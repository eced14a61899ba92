"""The company's words for its objects: from labels, plurals and terms, before anything else becomes a value."""

from __future__ import annotations

from crmspec.diagnostics import did_you_mean
from crmspec.source.assemble import Assembly
from crmspec.source.bind import MISSING, Binder, label, spoken
from crmspec.source.bind_object import plural_of
from crmspec.source.bind_parts import bind_term
from crmspec.source.form import shown
from crmspec.source.problems import Problems
from crmspec.spec.parts import Term

Words = dict[str, dict[str, str]]


def terms_of(assembly: Assembly, binder: Binder) -> dict[str, Term]:
    """Read the terms; a later layer's word replaces an earlier one."""
    terms: dict[str, Term] = {}
    for node in assembly.lists["terms"]:
        assert isinstance(node.value, dict)
        for name, child in node.value.items():
            if name not in assembly.parts["object"]:
                binder.say(
                    "CRM301",
                    f"the term `{shown(name)}` names no object",
                    child.key_at,
                    "there is no object of this name",
                    did_you_mean(name, assembly.parts["object"]),
                )
                continue
            term = bind_term(binder, name, child)
            if term is not None:
                terms[name] = term
    return terms


def words_of(assembly: Assembly, terms: dict[str, Term], languages: tuple[str, ...]) -> Words:
    """Give `account` and `account.plural` of every object, in every language.

    A term beats a label. A plural that is left out is formed from what stands above it: a term's own when there is a
    term, since the plural of the word it replaces would be the wrong word.
    """
    words: Words = {}
    silent = Binder(Problems(), languages)
    for name, part in assembly.parts["object"].items():
        term = terms.get(name)
        one = dict(term.label) if term else _read(silent, part.node.get("label"), name)
        if not one:
            one = dict.fromkeys(languages, spoken(name))
        many = dict(term.plural) if term else _read(silent, part.node.get("plural"), name)
        words[name] = one
        words[f"{name}.plural"] = {
            language: many.get(language) or plural_of(one[language], language) for language in languages
        }
    for before, now in assembly.former.items():
        for ending in ("", ".plural"):
            if before + ending not in words and now + ending in words:
                words[before + ending] = words[now + ending]
    return words


def _read(binder: Binder, node: object, where: str) -> dict[str, str]:
    if node is None:
        return {}
    read = label(binder, node, where)  # type: ignore[arg-type]
    return {} if read is MISSING else dict(read)
