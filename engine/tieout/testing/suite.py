"""What every part of the contract stands on: a fresh trial for each check, and the samples that suit it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from tieout.adapter import Adapter
from tieout.model import Verb
from tieout.testing.bench import Bench, Sample
from tieout.testing.promises import DoesNotApply
from tieout.testing.session import Session
from tieout.testing.trial import Trial


class Basis:
    """A class of checks. Subclasses name the adapter and the bench, and may claim a level."""

    adapter: ClassVar[Adapter]
    bench: ClassVar[type[Bench]]
    level: ClassVar[int] = 1
    """The level that is claimed: a check of it whose bench is unable fails instead of being skipped."""

    trial: Trial
    beside: list[DoesNotApply]
    """Why samples of the current round were passed over."""

    def setup_method(self) -> None:
        """Start a fresh bench."""
        self.trial = Trial(self.adapter, self.bench())

    def teardown_method(self) -> None:
        """Stop it."""
        self.trial.close()

    @property
    def peer(self) -> Bench:
        """The bench of this check."""
        return self.trial.bench

    def samples(self, session: Session, *verbs: Verb) -> Iterator[Sample]:
        """Give the samples whose object has all these verbs; raises DoesNotApply if none has, or none applied."""
        found = [one for one in self.peer.samples() if all(verb in session.type(one.object).verbs for verb in verbs)]
        if not found:
            raise DoesNotApply(f"no object of the samples knows {' and '.join(verbs)}")
        self.beside = []
        yield from found
        if len(self.beside) == len(found):
            raise self.beside[0]

    @contextmanager
    def applying(self) -> Iterator[None]:
        """Pass over a sample to which something of this `with` does not apply."""
        try:
            yield
        except DoesNotApply as reason:
            self.beside.append(reason)
