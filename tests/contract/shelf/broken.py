"""Adapters of Shelf with one bug each, of the kinds that authors really make; `BUGS` says what each breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contract.shelf.adapter import BATCH, PAGE, ShelfAdapter, ShelfConnection
from tieout.adapter import (
    Applied,
    Archived,
    Batch,
    Cause,
    Connection,
    Gone,
    Merged,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Outcome,
    Page,
    Present,
    Query,
    Record,
    Refused,
    Tools,
    Unknown,
    Verb,
)
from tieout.errors import AnswerLost, ConnectionFault
from tieout.toolkit import batched, instant


class Sparse(ShelfConnection):
    def record(self, book: Mapping[str, Any]) -> Record:
        return {name: value for name, value in super().record(book).items() if value is not None}


class Floating(ShelfConnection):
    def record(self, book: Mapping[str, Any]) -> Record:
        record = super().record(book)
        return {**record, "price": Decimal(str(float(str(record["price"]))))} if record["price"] else record


class Texts(ShelfConnection):
    def record(self, book: Mapping[str, Any]) -> Record:
        return {**super().record(book), "price": book["price"]}


class Sorted(ShelfConnection):
    """Puts the refused ones last."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        outcomes = super().write(batch)
        return sorted(outcomes, key=lambda one: batch.verb is Verb.CREATE and isinstance(one, Refused))


class Greedy(ShelfConnection):
    def describe(self, name: str) -> ObjectType:
        return replace(super().describe(name), verbs={Verb.CREATE: 5 * BATCH, Verb.UPDATE: BATCH})


class Quiet(ShelfConnection):
    def changes(self, query: Query) -> Iterator[Page]:
        try:
            yield from super().changes(query)
        except ConnectionFault:
            return


class Hasty(ShelfConnection):
    """Calls every page complete."""

    def changes(self, query: Query) -> Iterator[Page]:
        for page in super().changes(query):
            yield replace(page, complete=query.since is None)


class OwnClock(ShelfConnection):
    """Rests at our own time in the end."""

    def changes(self, query: Query) -> Iterator[Page]:
        now = self._tools.now()
        *pages, last = super().changes(query)
        yield from pages
        yield replace(last, cursor={"from": (now - timedelta(minutes=1)).isoformat()})


class Eager(ShelfConnection):
    """Rests at the newest stamp that it has seen, without an overlap."""

    def changes(self, query: Query) -> Iterator[Page]:
        for page in super().changes(query):
            given = instant((page.cursor or {})["from"]) + timedelta(minutes=1)
            yield replace(page, cursor={"from": given.isoformat()})


class OnlyLast(ShelfConnection):
    """Gives the cursor of the end on every page."""

    def changes(self, query: Query) -> Iterator[Page]:
        pages = list(super().changes(query))
        for page in pages:
            yield replace(page, cursor=pages[-1].cursor)


class Tieless(ShelfConnection):
    """Goes on behind the last stamp, though others may have it too."""

    def changes(self, query: Query) -> Iterator[Page]:
        start = query.since["from"] if query.since else ""
        while True:
            told = self._read("GET", "/books", params={"size": str(PAGE), "from": start, "after": "~"})
            books = [self.observed(book) for book in told["books"]]
            cursor = {"from": (instant(told["now"]) - timedelta(minutes=1)).isoformat()}
            yield Page(books, None if told["more"] else cursor, complete=not told["more"] and query.since is None)
            if not told["more"]:
                return
            start = told["books"][-1]["changed"]


class Doubling(ShelfConnection):
    """Sends a create again whose answer was lost, under another key."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        try:
            return super().write(batch)
        except AnswerLost:
            if batch.verb is not Verb.CREATE:
                raise
            again = [replace(operation, key=f"{operation.key}2") for operation in batch.operations]
            return super().write(replace(batch, operations=again))


class Upserting(ShelfConnection):
    """Writes over the record that has the key already."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        outcomes = list(super().write(batch))
        taken = [n for n, one in enumerate(outcomes) if isinstance(one, Refused) and one.code == "key-taken"]
        known = self.find_created(replace(batch, operations=[batch.operations[n] for n in taken]))
        for n, one in zip(taken, known, strict=True):
            if isinstance(one, Applied):
                update = replace(batch.operations[n], id=one.id)
                (outcomes[n],) = super().write(replace(batch, verb=Verb.UPDATE, operations=[update]))
        return outcomes


class Resigned(ShelfConnection):
    """Calls an update refused whose answer was lost."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        try:
            return super().write(batch)
        except AnswerLost as error:
            if batch.verb is not Verb.UPDATE:
                raise
            return [Refused(Cause.DATA, "network", str(error)) for _ in batch.operations]


class Rash(ShelfConnection):
    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        for seen in super().fetch(query, ids):
            yield Gone(seen.id) if isinstance(seen, Unknown) else seen


class Blind(ShelfConnection):
    """Calls unknown what it could not reach."""

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        try:
            yield from super().fetch(query, ids)
        except ConnectionFault as error:
            yield from (Unknown(id, str(error)) for id in ids)


class Forgetful(ShelfConnection):
    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        for some in batched(ids, BATCH):
            books = self._read("POST", "/books/by-id", {"ids": list(some)}, read=True)["books"]
            yield from (self.observed(book) for book in books)


class Talkative(ShelfConnection):
    def sent(self, operation: Operation) -> dict[str, Any]:
        self._tools.log.info("sent", book=dict(operation.values))
        return super().sent(operation)


class Indiscreet(ShelfConnection):
    def organisation(self) -> Organisation:
        client: Any = self._http
        self._tools.log.info("login", with_=client._authoriser._credentials["client_secret"])
        return super().organisation()

    def check(self) -> list[Any]:
        self.organisation()
        return []


class LiveOnly(ShelfConnection):
    def changes(self, query: Query) -> Iterator[Page]:
        for page in super().changes(query):
            yield replace(page, observations=[one for one in page.observations if not isinstance(one, Archived)])


class Deaf(ShelfConnection):
    def observed(self, book: Mapping[str, Any]) -> Observation:
        seen = super().observed(book)
        return Unknown(seen.id, "it is deleted") if isinstance(seen, Gone) else seen


class Loser(ShelfConnection):
    def observed(self, book: Mapping[str, Any]) -> Observation:
        seen = super().observed(book)
        return Gone(seen.id) if isinstance(seen, Merged) else seen


class Keyless(ShelfConnection):
    def observed(self, book: Mapping[str, Any]) -> Observation:
        seen = super().observed(book)
        return replace(seen, key=None) if isinstance(seen, Present) else seen


class Unconditional(ShelfConnection):
    def sent(self, operation: Operation) -> dict[str, Any]:
        return {**super().sent(operation), "if_version": None}


class Complete(ShelfConnection):
    """Sends the whole record as it knew it, whatever an update names."""

    known: Mapping[str, Record] = {}

    def record(self, book: Mapping[str, Any]) -> Record:
        record = super().record(book)
        self.known = {book["id"]: record, **self.known}
        return record

    def sent(self, operation: Operation) -> dict[str, Any]:
        known = {name: value for name, value in self.known.get(operation.id or "", {}).items() if name != "key"}
        return super().sent(replace(operation, values={**known, **operation.values}))


class Flattering(ShelfConnection):
    """Answers a write with rounded prices."""

    def outcome(self, result: Mapping[str, Any]) -> Outcome:
        done = super().outcome(result)
        if not isinstance(done, Applied) or not isinstance(done.now, Present):
            return done
        price = done.now.record["price"]
        rounded = {**done.now.record, "price": round(price, 0) if isinstance(price, Decimal) else price}
        return replace(done, now=replace(done.now, record=rounded))


class Inventive(ShelfConnection):
    def find_created(self, batch: Batch) -> list[Any]:
        return [Applied("B00001") for _ in batch.operations]


class Obliging(ShelfConnection):
    def describe(self, name: str) -> ObjectType:
        return super().describe("Book")


class Forward(ShelfConnection):
    """Asks who it is before anybody wants to know."""

    def __init__(self, url: str, tools: Tools) -> None:
        super().__init__(url, tools)
        self._shop = self.organisation()


class Mute(ShelfConnection):
    def outcome(self, result: Mapping[str, Any]) -> Outcome:
        done = super().outcome(result)
        return replace(done, code="not done", message="") if isinstance(done, Refused) else done


BUGS: Mapping[type[ShelfConnection], set[str]] = {
    Sparse: {"a_read_holds_every_path_that_was_asked_for"},
    Floating: {"decimals_survive_to_the_last_digit"},
    Sorted: {"one_bad_record_is_refused_and_the_others_are_applied_in_order"},
    Greedy: {"a_limit_declared_in_verbs_is_accepted_by_the_system"},
    Quiet: {"a_read_that_breaks_raises_and_is_never_complete"},
    Hasty: {
        "a_quiet_read_is_complete_on_its_last_page_and_only_there",
        "a_read_that_breaks_raises_and_is_never_complete",
    },
    OwnClock: {"an_edit_between_two_reads_is_in_the_second_whatever_the_clocks_say"},
    Eager: {"a_change_committed_late_is_in_the_next_read"},
    OnlyLast: {"a_page_cursor_resumes_without_loss"},
    Tieless: {"records_with_equal_stamps_are_all_read"},
    Doubling: {
        "a_create_whose_answer_is_lost_is_settled_and_never_doubled",
        "one_create_has_one_effect_by_the_peers_own_count",
    },
    Upserting: {"a_create_with_a_key_that_is_taken_is_refused_and_overwrites_nothing"},
    Resigned: {"an_update_that_meets_a_fault_is_never_called_refused"},
    Rash: {"what_cannot_be_found_is_unknown_never_gone"},
    Blind: {"a_fetch_that_breaks_raises_and_calls_nothing_gone"},
    Forgetful: {"fetch_gives_one_observation_for_each_id"},
    Talkative: {"no_value_of_a_record_is_in_the_log"},
    Indiscreet: {"no_secret_is_in_logs_errors_or_reprs"},
    LiveOnly: {"an_archived_record_is_read_as_archived_and_not_as_gone"},
    Deaf: {"a_deleted_record_is_gone_or_absent_but_never_unknown_as_gone"},
    Loser: {"a_merged_record_names_its_winner"},
    Keyless: {"a_key_is_read_back_with_the_record_that_carries_it"},
    Unconditional: {"a_stale_version_is_refused_where_conditional_is_declared"},
    Complete: {"an_edit_of_another_field_between_read_and_write_survives"},
    Flattering: {"a_written_value_reads_back_as_the_answer_said"},
    Obliging: {"an_unknown_object_is_refused_with_the_nearest_names"},
    Forward: {"opening_a_connection_makes_no_call"},
    Mute: {"a_refusal_has_a_cause_a_steady_code_and_words"},
}


def adapter_with(connection: type[ShelfConnection]) -> ShelfAdapter:
    """Make an adapter whose connections have this bug."""

    class Broken(ShelfAdapter):
        def open(self, options: Record, tools: Tools) -> Connection:
            return connection(str(options["url"]), tools)

    return Broken()
