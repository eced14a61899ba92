"""A project's revisions as files in git: their order, their branches, what each leads to. Nothing here is run."""

from crmspec.history.branches import (
    AFTER,
    SPEC_FILE,
    SPEC_HEAD,
    UNDER_WAY,
    history_problems,
    spec_of_another,
    two_branches,
)
from crmspec.history.digests import digests_of, text_bytes
from crmspec.history.files import (
    VERSIONS,
    RevisionFile,
    as_generated,
    edited,
    file_checksum,
    heads_of,
    line_to,
    read_file,
    read_files,
    read_text,
    sealed,
)
from crmspec.history.merge import Conflict, merge_plain
from crmspec.history.past import past_versions, run_git

__all__ = [
    "AFTER", "SPEC_FILE", "SPEC_HEAD", "UNDER_WAY", "VERSIONS", "Conflict", "RevisionFile", "as_generated",
    "digests_of", "edited", "file_checksum", "heads_of", "history_problems", "line_to", "merge_plain", "past_versions",
    "read_file", "read_files", "read_text", "run_git", "sealed", "spec_of_another", "text_bytes", "two_branches",
]
