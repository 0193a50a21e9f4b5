"""What `check --online` tells of a connection that no mapping uses."""

from __future__ import annotations

from tieout.cli.check import fitting
from tieout.finding import Finding, Severity


def test_sx01_what_matters_in_use_alone_is_not_told_of_a_connection_that_no_mapping_uses() -> None:
    proof = Finding(Severity.WARNING, "account-unproved", "nobody says whose", "option `witness`", if_used=True)
    token = Finding(Severity.ERROR, "token-ended", "the token ended")
    assert fitting([proof, token], used=True) == [proof, token]
    assert fitting([proof, token], used=False) == [token]
