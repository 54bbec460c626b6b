"""What is said where a server cannot listen."""

from __future__ import annotations

from typing import Any

import pytest

from tfhub.errors import HubError


def test_a_host_that_is_none_is_told_from_a_port_that_is_taken() -> None:
    listening: Any = pytest.importorskip("tfhub.hosting.listening")
    with pytest.raises(HubError, match="Cannot listen at nosuch.invalid") as caught:
        listening.free_address("nosuch.invalid", 0)
    assert "Give a name or address of this machine" in (caught.value.hint or "")
    with pytest.raises(HubError, match="Cannot listen") as caught:
        listening.free_address("127.0.0.1", 99999)
    assert "Give another port" in (caught.value.hint or "")
    assert ".." not in caught.value.message
