"""The folders of a pack as cases of a test: the quick ones for `make test`, all of them for `make extended`."""

from __future__ import annotations

import pytest
from _pytest.mark.structures import ParameterSet

from scenarios.reading import called, folders, is_quick


def cases(pack: str) -> list[ParameterSet]:
    """Give a case for each folder, named so that `-k sx30` finds it."""
    return [
        pytest.param(folder, id=called(folder), marks=[] if is_quick(folder) else [pytest.mark.extended])
        for folder in folders(pack)
    ]
