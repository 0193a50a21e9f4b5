"""Planted bugs: what the simulation is worth. Each is a small diff of a copy of the engine, and must be caught."""

from __future__ import annotations

from .bugs_plans import PLANS
from .bugs_reads import READS
from .bugs_writes import WRITES

BUGS = (*WRITES, *READS, *PLANS)
