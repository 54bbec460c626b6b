"""What was found of models, kept as long as their files are as they were."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

_LARGEST = 64 << 20  # characters of all answers

Found = dict[str, Any]


class Kept:
    """Answers, each with the state of the files that it is of; the last ones asked."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable, state: Hashable) -> Found | None:
        """The answer for a key, if it was in this state, and not too long ago."""
        known = self._answers.get(key)
        if known is None or known.state != state or known.until < time.monotonic():
            return None
        self._answers.move_to_end(key)
        return known.found

    def put(
        self,
        key: Hashable,
        state: Hashable,
        found: Found,
        seconds: float = math.inf,
    ) -> None:
        """Keeps an answer for some seconds, and forgets those not asked for lately."""
        if key in self._answers:
            self._size -= self._answers.pop(key).size
        size = 1000 + sum(len(str(value)) for value in found.values())
        until = time.monotonic() + seconds
        self._answers[key] = _Answer(state, found, size, until)
        self._size += size
        while self._size > _LARGEST:
            self._size -= self._answers.popitem(last=False)[1].size


@dataclass(frozen=True)
class _Answer:
    state: Hashable
    found: Found
    size: int
    until: float
