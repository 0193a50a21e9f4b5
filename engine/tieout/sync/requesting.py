"""`request`: what is done only for a person who asks for it, once. Pure.

A request is a question that somebody asked of themselves (`tieout plan RECORD --create`): open until the plan that
shows it is applied, which answers it with yes; used up by what it asked for, because the next time is another question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tieout.model import Value
from tieout.sync.memory import Memory
from tieout.sync.steps import fingerprint
from tieout.sync.words import Question

REQUEST = "request"
"""Kind of the question, and the evidence under which an operation carries its fingerprint."""


@dataclass(frozen=True, slots=True)
class Requested:
    """What is to be done about an act that waits for a request."""

    act: bool = False
    """It is planned: somebody asks for it in this plan, or has approved it."""
    question: Question | None = None
    """It stands as a question: it is not approved yet."""

    @property
    def questions(self) -> list[Question]:
        """Give the question, if there is one."""
        return [] if self.question is None else [self.question]

    @property
    def evidence(self) -> dict[str, Value]:
        """Give what the operation carries, so that applying its plan answers the question."""
        return {} if self.question is None else {REQUEST: self.question.fingerprint}


def requested(memory: Memory, act: str, rule: str, text: str, *subject: Value | int) -> Requested:
    """Say whether this act (create or update) was asked for; `rule`: its name in the record, `subject`: all it is.

    What was picked with a create is a part of it: the same with other picks is another request. With any other act the
    link takes on what is picked by the plan that shows it, and by nothing before.
    """
    picks = picks_of(memory, act)
    print_ = fingerprint(rule, *subject, *([dict(picks)] if picks else []))
    answer = memory.answers.get(rule)
    if answer is not None and answer.fingerprint == print_ and answer.answer == "yes":
        return Requested(act=True)
    now = memory.requesting == act
    if not now and memory.asked.get(rule) != print_:
        return Requested()
    choices = {"yes": "do it", "no": "forget the request"}
    return Requested(now, Question(rule, REQUEST, text, print_, choices, picks=picks))


def picks_of(memory: Memory, act: str) -> Mapping[str, str]:
    """Give what a person picks with a request for a partner: one that is made now, or one that is kept."""
    if act != "create":
        return {}
    return memory.wishes if memory.requesting == act else memory.requested
