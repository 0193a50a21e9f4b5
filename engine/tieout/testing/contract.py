"""What a third party joins to prove an adapter: every promise of the port, tried on a peer under faults.

    # tests/test_contract.py of tieout-hubspot: all that the author supplies
    from tieout.testing.contract import AdapterContract

    class TestHubspot(AdapterContract):
        adapter = HubspotAdapter()
        bench = HubspotBench          # a subclass of tieout.testing.bench.Bench, or of SimulatorBench
        level = 2                     # what is claimed: a check that cannot be shown then fails instead of skipping

Run it with pytest. Each method is one promise: its docstring is the promise, and is printed when it is broken. Faults
live in the transport between the client and any peer (`tieout.testing.faults`), so that no author writes one.

Level 1, an account or any server: describing, totality, echo, batches, refusals, codes, secrets, decimals, cursors, and
    each fault on reads and on writes: nothing complete that broke, lost creates settled and never doubled.
Level 2, a second user can edit: whatever the clocks say, overlap, deletions, archive, what moved between read and
    write, stale versions.
Level 3, a peer under control: equal stamps, late commits, shifting listings, merges, effects counted, ended tokens.

A method that the bench leaves out raises `Unable`: its checks are skipped by name and their level is not reached. What
a system does not know (`raise DoesNotApply("nothing is archived here")` in the bench) takes no level away. Outside of
pytest, `certify(TestHubspot)` gives a `Report`: the level reached, and what was seen. Long form: docs/adapters.md.
"""

from __future__ import annotations

from tieout.testing.bench import Bench, Sample, SimulatorBench
from tieout.testing.checks_crediting import CreditingChecks
from tieout.testing.checks_describing import DescribingChecks
from tieout.testing.checks_faults import FaultChecks
from tieout.testing.checks_level2 import UserChecks
from tieout.testing.checks_level3 import ControlledChecks
from tieout.testing.checks_reading import ReadingChecks
from tieout.testing.checks_secrets import SecretChecks
from tieout.testing.checks_writing import WritingChecks
from tieout.testing.promises import DoesNotApply, PromiseBroken, Report, Result, Ruling, Unable, certify

__all__ = [
    "AdapterContract",
    "Bench",
    "DoesNotApply",
    "PromiseBroken",
    "Report",
    "Result",
    "Ruling",
    "Sample",
    "SimulatorBench",
    "Unable",
    "certify",
]


class AdapterContract(
    DescribingChecks,
    ReadingChecks,
    WritingChecks,
    FaultChecks,
    SecretChecks,
    UserChecks,
    CreditingChecks,
    ControlledChecks,
):
    """All promises of the port. Subclass it, name `adapter` and `bench`, claim a `level`."""
