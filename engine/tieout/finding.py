"""What a pre-flight finds: one line each, with its mend."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a pre-flight: what is wrong or worth knowing, and its mend; `if_used`: only where mappings use it."""

    severity: Severity
    code: str
    message: str
    mend: str = ""
    object: str | None = None
    path: str | None = None
    if_used: bool = False
