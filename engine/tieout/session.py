"""What a command needs of a project, opened as far as it is needed: store, key, connections, checked mappings.

One dead connection, or one object that is out of reach, does not stop what does not need it: its fault is kept, and the
mappings that need it are refused by name. Everything that is wrong in what people wrote is raised together, as
`ProjectProblems`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from secrets import token_hex
from typing import TYPE_CHECKING, Self

from tieout.admission import Admission, opens
from tieout.connecting import Opened, credentials, identified, missing, open_connection
from tieout.errors import ConnectionFault, ObjectForbidden, UnknownObject, UsageError
from tieout.foreign import Blame, Foreign
from tieout.http.clock import SystemClock
from tieout.http.ports import Ports
from tieout.http.redact import Redaction
from tieout.logs import QUIET, make_log
from tieout.mapping_sources import lines_of
from tieout.plugins import load as load_plugins
from tieout.problem_list import ProjectProblems
from tieout.problems import errors, in_order, mistakes
from tieout.project import load_project
from tieout.ready import Ready, ends_of, only_optional
from tieout.secrets import Sources
from tieout.store import described
from tieout.store.database import Database
from tieout.store.tokens import StoredSecrets, StoredTokens, StoredWindows, TokensOf
from tieout.sync.faults import Faults, Place, asking, note, refusal, stopping
from tieout.toolkit import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from tieout.http.protocols import Clock, Tokens, Windows
    from tieout.logs import BoundLog
    from tieout.mapping.account_checks import Charts
    from tieout.mapping.catalogue import Describe
    from tieout.mapping.check import Checked, Described
    from tieout.model import ObjectType
    from tieout.plugins import Plugins
    from tieout.problems import Lines, Problem
    from tieout.project import ConnectionConfig, Project
    from tieout.secrets import Secret
    from tieout.sync.run import Peer
    from tieout.vault import Vault

DESCRIBED_FOR = timedelta(days=1)
"""How long a description counts before a run asks for it anew."""
ANY_ID = "0TIEOUT0ID0"
"""In place of an id where an adapter is asked what the page of any record looks like."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project as written, with what is installed."""

    project: Project
    plugins: Plugins
    problems: tuple[Problem, ...]
    lines: Lines


def load(folder: Path, environment: str | None, env: Mapping[str, str]) -> Loaded:
    """Read a project. Raises ProjectProblems if tieout.yaml itself can't be used; else problems stay with it."""
    plugins = load_plugins()
    project, problems = load_project(folder, environment, env, plugins.packs)
    lines = lines_of(folder, plugins.packs)
    if project is None:
        raise ProjectProblems(problems, lines)
    return Loaded(project, plugins, tuple(problems), lines)


def check(
    loaded: Loaded, describe: Describe, described: Described | None = None, charts: Charts | None = None
) -> Checked:
    """Check a whole project: what was found on reading it, and what its mappings say."""
    from tieout.mapping.account_checks import uncharted  # noqa: PLC0415  # who looks at the store alone needs none
    from tieout.mapping.check import check_project, unnamed  # noqa: PLC0415  # as above

    found = check_project(loaded.project, loaded.plugins, describe, described or unnamed, charts or uncharted)
    return replace(found, problems=tuple(in_order([*loaded.problems, *found.problems])))


@dataclass(frozen=True, slots=True)
class _StoreTime:
    """The store's clock, which all hosts share; waits are this process's own."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class Session:
    """One project, open for one command; close it, or use it in a `with`."""

    def __init__(self, loaded: Loaded, env: Mapping[str, str], *, level: int = QUIET, create: bool = True,
                 clock: Clock | None = None) -> None:  # fmt: skip
        """Open the store; `create`: make it if it is not there yet. Raises StoreError, UsageError, Busy."""
        self.loaded = loaded
        self.project = loaded.project
        self.redaction = Redaction([loaded.project.store])
        self.clock = clock or SystemClock()
        self.id = f"{self.clock.now():%Y%m%d-%H%M%S}-{token_hex(2)}"
        """Names this run, in the store and in every line of the log."""
        self.log: BoundLog = make_log(self.redaction, level).bind(run=self.id)
        self.permit: Callable[[], object] = lambda: None
        """Raises if this process must not change anything any more; a run puts its lease here."""
        self._env = env
        self._peers: dict[str, Peer] = {}
        self._faults: Faults = {}
        self._opened: list[Opened] = []
        self.database = Database.open(
            self.project.store.reveal(), clock=self.clock.now, project_folder=self.project.folder, create=create
        )
        self.time = _StoreTime(self.database.now, self.clock.sleep)
        self.windows: Windows = StoredWindows(self.database)
        """Counts the calls of all processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and the store."""
        for one in self._opened:
            one.client.close()
        self.database.close()

    # --- secrets and tokens ---------------------------------------------------------------------------------------

    @cached_property
    def _vault(self) -> Vault:
        from tieout.vault import Places, Vault, project_key, system_keyring  # noqa: PLC0415  # only logins need it

        places = Places(self.project.name, self.project.folder, self._env, system_keyring())
        return Vault(project_key(places))

    @cached_property
    def tokens(self) -> TokensOf:
        """Where tokens live, encrypted."""
        return TokensOf(StoredTokens(self.database, self._vault, self.time), self.admission.opens)

    @cached_property
    def admission(self) -> Admission:
        """Which connections may be used."""
        return Admission(self.database, lambda name: opens(self.config(name), self.sources))

    @cached_property
    def secrets(self) -> StoredSecrets:
        """What `${secret:NAME}` stands for."""
        return StoredSecrets(self.database, self._vault)

    @property
    def sources(self) -> Sources:
        """Where references are looked up."""
        return Sources(self._env, self._stored, self.project.folder)

    def _stored(self, name: str) -> Secret | None:
        return self.secrets.get(name)

    # --- connections ----------------------------------------------------------------------------------------------

    def config(self, name: str) -> ConnectionConfig:
        """Give a connection of the project. Raises UsageError with the nearest name."""
        found = self.project.connections.get(name)
        if found is None:
            known = list(self.project.connections)
            close = nearest(name, known)
            hint = f"; did you mean {' or '.join(close)}?" if close else f"; there are: {', '.join(known)}"
            raise UsageError(f"there is no connection {name!r} in tieout.yaml{hint}", mend="tieout connect CONNECTION")
        return found

    def ports(self, name: str, tokens: Tokens | None = None) -> Ports:
        """Give a connection's outside; `tokens` instead of the stored ones, for a try that leaves nothing behind."""
        return Ports(
            self.tokens if tokens is None else tokens,
            self.windows,
            self.time,
            self.log.bind(connection=name),
            self.redaction,
            permit=self._permitted,
        )

    def _permitted(self) -> None:
        self.permit()

    def opened(self, name: str, tokens: Tokens | None = None) -> Opened:
        """Open a connection without a call; it is closed with the session."""
        config = self.config(name)
        adapter = self.loaded.plugins.adapter(config.adapter)
        given = credentials(config, self.sources)

        def work() -> Opened:
            return open_connection(adapter, config, given, self.ports(name, tokens))

        plugin = self.loaded.plugins.third_party(config.adapter)
        if plugin is None:
            made = work()
        else:
            blame = Blame(name, config.adapter, plugin, self.redaction.mask)
            made = blame.asked("open", work)
            made = replace(made, connection=Foreign(made.connection, blame))
        self._opened.append(made)
        return made

    def peer(self, name: str) -> Peer:
        """Give an open connection whose account is known. Raises ConnectionFault, the same one every time."""
        if fault := self.fault(name):
            raise fault
        if name not in self._peers:
            from tieout.mapping.ledger_checks import table_of  # noqa: PLC0415  # only who asks a system needs them
            from tieout.sync.run import Peer  # noqa: PLC0415  # as above

            config = self.config(name)
            try:
                self.admission.sure(name)
                connection = self.opened(name).connection
                found = identified(config, connection)
                self.admission.used(name, found)
                self._peers[name] = Peer(
                    name, config.adapter, connection, found, table_of(config, self.project.folder, found)
                )
            except ConnectionFault as fault:
                self.admission.refused(name, fault)
                self._lose(name, fault)
                raise
        return self._peers[name]

    def fault(self, name: str, object_: str = "") -> ConnectionFault | None:
        """Give what stopped a connection, or only this object of it."""
        return self._faults.get(Place(name, object_))

    def _lose(self, name: str, fault: ConnectionFault) -> None:
        note(self._faults, fault, name)
        told = {"connection": name, "fault": type(fault).__name__, "why": str(fault)}
        if fault.object:
            self.log.warning("object out of reach", object=fault.object, **told)
        else:
            self._peers.pop(name, None)
            self.log.warning("connection lost", **told)

    # --- what the systems say of their objects --------------------------------------------------------------------

    def describe_cached(self, name: str, object_: str) -> ObjectType | None:
        """Give what is kept of an object, however old; None if nothing is."""
        return self._kept(name, object_, timedelta.max)

    def _kept(self, name: str, object_: str, age: timedelta) -> ObjectType | None:
        config, organisation = self.config(name), self._organisation(name)
        if not organisation:
            return None
        with self.database.read() as tx:
            kept = described.load(tx, config.adapter, organisation, object_)
        return kept[0] if kept is not None and self.database.now() - kept[1] < age else None

    def described_names(self, name: str) -> list[str]:
        """Name the objects of a connection of which something is kept."""
        config, organisation = self.config(name), self._organisation(name)
        if not organisation:
            return []
        with self.database.read() as tx:
            return described.names(tx, config.adapter, organisation)

    def forget_described(self, name: str) -> None:
        """Have a connection's objects described anew next time: what is kept of them does not hold any more."""
        config, organisation = self.config(name), self._organisation(name)
        if organisation:
            with self.database.write() as tx:
                described.forget(tx, config.adapter, organisation)

    def _organisation(self, name: str) -> str | None:
        peer = self._peers.get(name)
        return peer.organisation.id if peer else self.config(name).organisation

    def describe(self, name: str, object_: str, age: timedelta = timedelta(0)) -> ObjectType | None:
        """Give an object as the system says it is, or said less than `age` ago; None if it is out of reach.

        Raises UnknownObject; also for what this login may not use, if only optional mappings are over it.
        """
        # What no mapping is over was looked up for a field of another object, which says what the login does not see.
        known = any((name, object_) in ends for ends in self.ends.values())
        if stopping(self._faults, [(name, object_)]):
            return self.describe_cached(name, object_)
        if kept := self._kept(name, object_, age):
            return kept
        try:
            peer = self.peer(name)
            with asking(name, object_):
                found = peer.connection.describe(object_)
                page = peer.connection.url(object_, ANY_ID)
        except ConnectionFault as fault:
            if fault.object and (not known or only_optional(self.project, name, object_)):
                raise UnknownObject(object_) from fault
            self._lose(name, fault)
            return self.describe_cached(name, object_)
        with self.database.write() as tx:
            form = page.replace(ANY_ID, "{id}") if page and ANY_ID in page else None
            described.save(tx, peer.adapter, peer.organisation.id, found, form)
        return found

    # --- mappings -------------------------------------------------------------------------------------------------

    @cached_property
    def ends(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Give mapping -> connection and object of all that it needs."""
        return ends_of(self.project)

    def check(self, describe: Describe | None = None, charts: Charts | None = None) -> Checked:
        """Check the whole project, by default with what is kept of the systems' objects."""
        return check(self.loaded, describe or self.describe_cached, self.described_names, charts)

    def missing_credentials(self) -> list[Problem]:
        """Give a problem for every credential of a used connection that leads nowhere; not of one taken back."""
        wanted = [name for name in self.wanted() if not self.admission.ended(name)]
        return missing([self.project.connections[name] for name in wanted], self.sources)

    def wanted(self) -> list[str]:
        """Name the connections that mappings use."""
        names = [name for ends in self.ends.values() for name, _ in ends if name in self.project.connections]
        return list(dict.fromkeys(names))

    def ready(self) -> Ready:
        """Open the connections that mappings use and compile the mappings. Raises ProjectProblems, UsageError."""
        from tieout.mapping.rights import MISSING  # noqa: PLC0415  # with the check, and with it alone

        self._stop_on_errors(self._without_network())
        for name in self.wanted():
            try:
                self._pinned(self.peer(name))
            except ConnectionFault:
                continue  # kept; what needs it is refused below
        checked = self.check(lambda name, object_: self.describe(name, object_, DESCRIBED_FOR))
        if errors(checked.problems) or any(problem.code == MISSING for problem in checked.problems):
            # What is kept may be older than a change that mends it: ask before saying no.
            checked = self.check(self.describe)
        self._stop_on_errors(checked)
        refused = self._refused(checked)
        running = tuple(mapping for mapping in checked.mappings if mapping.name not in refused)
        resting = tuple(mapping for mapping in checked.mappings if mapping.name in refused)
        return Ready(
            running, dict(self._peers), refused, dict(self._faults), checked.problems, checked.depth, checked.rates,
            resting,
        )  # fmt: skip

    def _without_network(self) -> Checked:
        from tieout.mapping.check import offline  # noqa: PLC0415  # with the check, and with it alone

        plain = check(self.loaded, offline)
        known = self.check() if errors(plain.problems) else plain
        return replace(known, problems=tuple(in_order([*known.problems, *self.missing_credentials()])))

    def _stop_on_errors(self, checked: Checked) -> None:
        if mistakes(checked.problems):
            raise ProjectProblems(checked.problems, self.loaded.lines)

    def _pinned(self, peer: Peer) -> None:
        if not self.project.connections[peer.name].organisation:
            found = peer.organisation
            raise UsageError(
                f"{peer.name} answers as {found.name}, and tieout.yaml does not say that this is the right one",
                mend=f'write organisation: "{found.id}" under connections.{peer.name}',
            )

    def _refused(self, checked: Checked) -> dict[str, ConnectionFault]:
        for hidden in checked.hidden.values():
            for (name, object_), mend in hidden.items():
                fault = ObjectForbidden(f"this login has no right to {object_}", mend=mend)
                fault.connection, fault.object = name, object_
                self._lose(name, fault)
        found = {
            mapping: stopping(self._faults, [*ends, *checked.hidden.get(mapping, ())])
            for mapping, ends in self.ends.items()
        }
        return {mapping: refusal(self._faults, places) for mapping, places in found.items() if places}
