"""The generator contract: a plan in, files out; finding generators, writing what they give."""

from crmspec.artifact.artifact import MADE_BY, Artifact, Context, made_by
from crmspec.artifact.committed import Committed, committed
from crmspec.artifact.generators import Generator, find_generators, generate_artifacts
from crmspec.artifact.templates import markdown_cell, markdown_code, render
from crmspec.artifact.write import Written, stale, write_artifacts, write_whole
from crmspec.history import sealed

__all__ = [
    "MADE_BY",
    "Artifact",
    "Committed",
    "Context",
    "Generator",
    "Written",
    "committed",
    "find_generators",
    "generate_artifacts",
    "made_by",
    "markdown_cell",
    "markdown_code",
    "render",
    "sealed",
    "stale",
    "write_artifacts",
    "write_whole",
]
