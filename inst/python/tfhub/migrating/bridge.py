"""What R calls: `hub_migrate()`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .diffs import diff
from .project import migrate


def migrated(paths: Sequence[str], *, write: bool) -> dict[str, Any]:
    """The programs that change, the lines of their diffs, and columns of remarks."""
    programs = list(migrate(paths, write=write))
    rows = [(each.path, remark) for each in programs for remark in each.remarks]
    return {
        "files": [each.path for each in programs if each.is_changed],
        "diff": [line for each in programs if each.is_changed for line in diff(each)],
        "remarks": {
            "file": [path for path, _ in rows],
            "cell": [remark.cell for _, remark in rows],
            "line": [remark.line for _, remark in rows],
            "what": [remark.what for _, remark in rows],
            "advice": [remark.advice for _, remark in rows],
        },
    }
