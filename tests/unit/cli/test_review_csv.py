from __future__ import annotations

import pytest

from tieout.errors import UsageError
from tieout.report.review_csv import Row, read

LONG = b'"two\r\nlines"'


def test_sx22_rows_are_counted_as_the_spreadsheet_does() -> None:
    content = b"key,question,answer,why\r\nq1-00000000," + LONG + b",,\r\n\r\nq2-00000000," + LONG + b",crm,so\r\n"
    assert read("a.csv", content) == [Row(4, "q2-00000000", "crm", "so")]


@pytest.mark.parametrize("twice", ["answer", "Key", " why "])
def test_sx22_a_column_that_is_there_twice_is_not_guessed_at(twice: str) -> None:
    content = f"key,answer,why,{twice}\nq1-00000000,crm,so,books\n".encode()
    with pytest.raises(UsageError, match=f"a.csv has two columns {twice.strip().casefold()}$"):
        read("a.csv", content)
