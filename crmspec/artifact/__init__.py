"""The generator contract: a plan in, files out; finding generators, writing what they give."""

from crmspec.artifact.artifact import MADE_BY, Artifact, Context, made_by
from crmspec.artifact.committed import Committed, committed
from crmspec.artifact.generators import Generator, find_generators, generate_artifacts
from crmspec.artifact.rebase import Fork, Rebased, find_fork, rebased
from crmspec.artifact.rebase import carry_out as carry_out_rebase
from crmspec.artifact.squash import Squashed, squashed
from crmspec.artifact.squash import carry_out as carry_out_squash
from crmspec.artifact.templates import markdown_cell, markdown_code, render
from crmspec.artifact.write import Written, stale, write_artifacts, write_whole
from crmspec.history import sealed

__all__ = [
    "MADE_BY",
    "Artifact",
    "Committed",
    "Context",
    "Fork",
    "Generator",
    "Rebased",
    "Squashed",
    "Written",
    "carry_out_rebase",
    "carry_out_squash",
    "committed",
    "find_fork",
    "find_generators",
    "generate_artifacts",
    "made_by",
    "markdown_cell",
    "markdown_code",
    "rebased",
    "render",
    "sealed",
    "squashed",
    "stale",
    "write_artifacts",
    "write_whole",
]
