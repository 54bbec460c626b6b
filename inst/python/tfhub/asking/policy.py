"""What a model may do beyond computing: `TFHUB_POLICY`, asked wherever one is loaded.

What is scanned is what is loaded. Where others could change the folder in between, a
refusing policy has it copied first into a folder that is this user's alone.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from .. import settings, words
from ..errors import HubError, PolicyError
from ..formats.scanning import Finding, Scan, scan_folder
from ..shown import shown
from ..trusted import given
from ..trusted.private import is_private_tree, private_folder
from ..trusted.tree import copy_tree, is_complete, tree_of_folder
from .door import Place

_SHOWN = 5  # findings in a message


@contextmanager
def admitted_by_policy(
    path: str, handle: str, policy: str | None = None
) -> Iterator[Place]:
    """The place to load a model from, once the policy lets it pass.

    Args:
      path: Its folder.
      handle: For messages.
      policy: As for `settings.policy()`.

    Raises:
      PolicyError: It reaches out of itself, and the policy is to refuse such models; or
        it cannot be scanned.
      HubError: There is no such policy, or the model cannot be read.
    """
    chosen = settings.policy(policy)
    if chosen == "allow":
        yield Place(path, path)
        return
    with ExitStack() as held:
        refuses = chosen == "refuse"
        place = _unchanging(path, handle) if refuses else Place(path, path)
        held.callback(place.close)
        scan = _scan(place.path, handle)
        if scan is None or scan.findings:
            tree = _tree(place.path)
            if not given.is_trusted(tree):
                error = _error(scan, handle, tree)
                if refuses:
                    raise error
                warnings.warn(str(error), UserWarning, stacklevel=4)
        yield place


def _scan(path: str, handle: str) -> Scan | None:
    """What is found; None where the model is not here."""
    return None if "://" in path else scan_folder(path, handle=handle)


def _tree(path: str) -> str | None:
    with suppress(HubError):  # what holds links has no digest
        return None if "://" in path else tree_of_folder(path)
    return None


def _unchanging(path: str, handle: str) -> Place:
    """The folder itself if only this user can change it, else a private copy."""
    real = os.path.realpath(path)
    if "://" in path or (is_private_tree(real) and is_complete(real)):
        return Place(path, path)
    folder = private_folder("tfhub-scanned-")
    place = Place(os.path.join(folder, "model"), path, folder)
    try:
        copy_tree(real, Path(place.path))
    except HubError as error:
        place.close()
        error.handle = error.handle or handle
        raise
    except BaseException:
        place.close()
        raise
    return place


def _error(scan: Scan | None, handle: str, tree: str | None) -> PolicyError:
    named = shown(handle)
    loaded = f"load it with {words.argument(policy='allow')}"
    if scan is None:
        msg = f"{named} stays in an object store, where it cannot be scanned."
        hint = f"Unset TFHUB_MODEL_LOAD_FORMAT, so that it is downloaded, or {loaded}."
        return PolicyError(msg, handle=handle, hint=hint)
    count = len(scan.findings) + scan.more
    told = list(dict.fromkeys(map(_told, scan.findings)))
    msg = f"{named} does more than compute: {'; '.join(told[:_SHOWN])}."
    if len(told) > _SHOWN:
        msg += f" In all {count:,} of its {scan.nodes:,} operations do, or may."
    ways = [f"call {words.call('trust', tree)} first"] if tree else []
    trusts = " or ".join([*ways, loaded])
    hint = f"Look at it with {words.call('scan', handle)}. If you trust it, {trusts}."
    return PolicyError(msg, handle=handle, hint=hint)


def _told(finding: Finding) -> str:
    where = f" ({finding.where})" if finding.where else ""
    way = finding.reached_from[0] if finding.reached_from else "nothing"
    return f"{finding.effect} by {finding.op}{where}, reached from {way}"
