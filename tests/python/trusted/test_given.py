"""What the user says is trusted."""

from __future__ import annotations

import pytest

import tfhub as hub
from tfhub.trusted import given


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_digests", set())


@pytest.mark.parametrize("before", ["", "tree1:", "sha256=", "sha256:", " "])
def test_both_digests_are_taken(before: str) -> None:
    digits = "0123456789abcdef" * 4
    hub.trust(before + digits.upper() + " ")
    wanted = f"tree1:{digits}" if before == "tree1:" else digits
    assert given.is_trusted(wanted)
    assert given.trusts_trees() is (before == "tree1:")
    # An archive is no tree, nor the other way round.
    other = digits if before == "tree1:" else f"tree1:{digits}"
    assert not given.is_trusted(other)


@pytest.mark.parametrize(
    "digest", ["", "0" * 63, "0" * 65, "tree1:", "tree2:" + "0" * 64, "g" * 64, None, 1]
)
def test_others_are_refused(digest: str) -> None:
    with pytest.raises(hub.HubError, match="neither a sha256 nor a tree digest"):
        hub.trust(digest)
    assert not given.is_trusted(digest)


@pytest.mark.parametrize("claim", [None, 1, ["a"], {"a": 1}, b"a"])
def test_a_claim_of_any_type_may_be_asked_for(claim: object) -> None:
    assert not given.is_trusted(claim)
