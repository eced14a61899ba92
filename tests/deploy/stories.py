"""A case of `tests/cases/migrations/`: a sentence, then releases, each with what is expected of it and done after it.

    C20: A renamed field keeps its values.
    -- before.yaml --            the first release; any other `….yaml` is one more
    -- records --                rows, under the names of table and columns
    -- by hand.sql --            what somebody did to the database; `by hand.sqlite.sql` for one of the two
    -- after.yaml --
    -- plan --                   changes, hazards, questions, checks, counts
    -- reads --                  queries, each with its rows below it

Other sections: `crmspec.yaml` (lines for the project), `engines`, `allow`, `refused`, `changed` (fields whose values
the plan changes in place), `statements`, `status`, `only generated`; and instead of a release: `roll back`, `restore`,
`purge`, `repair`. `pytest --update` writes `plan`, `refused`, `status` and the rows of `reads` again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cases" / "migrations"
ENGINES = ("sqlite", "postgresql")
# What is known before a release is carried out; everything else is done, or looked at, after it.
EXPECTED = ("allow", "plan", "refused", "changed", "statements", "only generated")
ACTS = ("roll back", "restore", "purge", "repair")
_SECTION = re.compile(r"^-- (.+) --\n", re.MULTILINE)


@dataclass
class Section:
    """One section; `found` is what it has to say after an update."""

    name: str
    text: str
    found: str | None = None

    @property
    def what(self) -> str:
        """Its name without the database it is for."""
        words = [word for word in self.name.split(".") if word not in ENGINES]
        return ".".join(words)

    def is_for(self, engine: str) -> bool:
        """Say whether it concerns a database."""
        return not set(self.name.split(".")) & (set(ENGINES) - {engine})


@dataclass
class Chapter:
    """One release, or another act, with what belongs to it."""

    opening: Section
    sections: list[Section] = field(default_factory=list)

    def expected(self, what: str, engine: str) -> str | None:
        """Return the text of an expectation, None without one."""
        for section in self.sections:
            if section.what == what and section.is_for(engine):
                return section.text
        return None

    def note(self, what: str, engine: str, text: str) -> None:
        """Remember what an expectation should say; one that is not there yet is added."""
        for section in self.sections:
            if section.what == what and section.is_for(engine):
                section.found = text
                return
        self.sections.insert(0, Section(what, "", text))

    def after(self, engine: str) -> list[Section]:
        """Return what is done or looked at afterwards, in order."""
        return [one for one in self.sections if one.what not in EXPECTED and one.is_for(engine)]


@dataclass
class Story:
    """A whole case."""

    file: Path
    sentence: str
    head: list[Section]
    chapters: list[Chapter]

    def said(self, what: str) -> str:
        """Return a section from before the first release, '' without one."""
        return next((one.text for one in self.head if one.name == what), "")

    @property
    def engines(self) -> tuple[str, ...]:
        """The databases it is told on."""
        return tuple(self.said("engines").split()) or ENGINES

    @property
    def rows(self) -> list[str]:
        """The numbers of the cases it stands for."""
        return self.sentence.partition(":")[0].replace(",", " ").split()

    def write(self) -> None:
        """Write the file again with what was found."""
        sections = [*self.head, *(one for chapter in self.chapters for one in (chapter.opening, *chapter.sections))]
        texts = [f"-- {one.name} --\n{one.text if one.found is None else one.found}" for one in sections]
        self.file.write_text(self.sentence + "".join(texts), "utf-8")


def read_story(file: Path) -> Story:
    """Read a case."""
    sentence, *pieces = _SECTION.split(file.read_text("utf-8"))
    story = Story(file, sentence, [], [])
    for name, text in zip(pieces[::2], pieces[1::2], strict=True):
        section = Section(name, text)
        if name in ACTS or (name.endswith(".yaml") and name != "crmspec.yaml"):
            story.chapters.append(Chapter(section))
        elif story.chapters:
            story.chapters[-1].sections.append(section)
        else:
            story.head.append(section)
    return story


def stories() -> list[Path]:
    """Return the files of all cases."""
    return sorted(FOLDER.glob("*.txt"))
