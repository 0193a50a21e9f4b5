"""`tieout connect`: authorise a connection, or store a secret."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import click

from tieout.cli.asked import asked, common
from tieout.cli.show import clean, complain, dim, good, json_line, say, strong, warn
from tieout.errors import Unauthorised, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import AuthorizationCode
    from tieout.http.protocols import StoredToken
    from tieout.model import Organisation
    from tieout.session import Session

PORT = 8976
PATIENCE = 600
"""Seconds that a person has to log in and consent."""


@click.command("connect")
@click.argument("connection", required=False)
@click.option("--secret", metavar="NAME", help="Store what stands on standard input as ${secret:NAME}.")
@click.option("--paste", is_flag=True, help="Paste the address to which the browser was sent, instead of listening.")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True,
              help="Where the browser comes back to on this machine.")  # fmt: skip
@common
def command(connection: str | None, secret: str | None, port: int, *, paste: bool) -> int:
    """Authorise a CONNECTION and keep its tokens, encrypted, in the state database.

    Where a person must consent, it prints the page to open and waits for the browser to come back to
    http://localhost:PORT/callback; register that address with the app. Nothing is kept if consent is not given, or if
    the system turns out to be another organisation than the one in tieout.yaml.

    \b
      tieout connect xero
      printf %s "$SECRET" | tieout connect --secret sf_client_secret
    """  # noqa: D301  # click reads the character \b, a raw string has none
    from tieout.session import Session, load  # noqa: PLC0415  # heavy

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    if (connection is None) == (secret is None):
        known = ", ".join(loaded.project.connections) or "none"
        raise UsageError(f"name a connection, or --secret NAME; connections: {known}", mend="tieout connect CONNECTION")
    with Session(loaded, settings.env) as session:
        if secret is not None:
            return _keep_secret(session, secret)
        session.config(str(connection))
        return _connect(session, str(connection), port=None if paste else port)


def _keep_secret(session: Session, name: str) -> int:
    from tieout.secrets import Secret, references  # noqa: PLC0415  # loaded already

    if references(f"${{secret:{name}}}") != [f"${{secret:{name}}}"] or not name.replace("_", "").isalnum():
        raise UsageError(f"{name!r} is no name for a secret", mend="use letters, digits and _")
    if sys.stdin.isatty():
        value = click.prompt(f"value of {name}", hide_input=True, err=True)
    else:
        value = sys.stdin.read().rstrip("\r\n")
    if not value:
        raise UsageError("there is nothing on standard input; nothing was stored", mend="printf %s VALUE | tieout …")
    session.secrets.put(name, Secret(value))
    if asked().json:
        json_line({"secret": name})
    else:
        say(f"{good('stored')}: ${{secret:{name}}} stands for it now, in this project's state database")
    return 0


def _connect(session: Session, name: str, *, port: int | None) -> int:
    from tieout.adapter import AuthorizationCode  # noqa: PLC0415  # loaded already
    from tieout.connecting import identified, service  # noqa: PLC0415  # as above
    from tieout.http.consent import keep  # noqa: PLC0415  # as above
    from tieout.http.memory import MemoryTokens  # noqa: PLC0415  # as above
    from tieout.runner import person  # noqa: PLC0415  # as above

    config = session.config(name)
    grant = service(session.loaded.plugins.adapter(config.adapter), config).auth
    # Tried with tokens that only this process has: a wrong organisation leaves nothing behind.
    tried = MemoryTokens()
    if isinstance(grant, AuthorizationCode):
        tried.replace(name, 0, _consented(session, name, grant, port))
    connection = session.opened(name, tried).connection
    found = identified(config, connection)
    token = tried.load(name)
    if token is not None:
        keep(session.tokens, name, token)
    session.admission.granted(name, found, person())
    _told(name, found, pinned=bool(config.organisation))
    return 0


def _consented(session: Session, name: str, grant: AuthorizationCode, port: int | None) -> StoredToken:
    from tieout.connecting import credentials  # noqa: PLC0415  # loaded already
    from tieout.http.consent import ask, exchange_code, token_endpoint  # noqa: PLC0415  # as above
    from tieout.http.grants import Credentials  # noqa: PLC0415  # as above
    from tieout.http.memory import MemoryTokens  # noqa: PLC0415  # as above

    known = Credentials(name, credentials(session.config(name), session.sources))
    for secret in known.values.values():
        session.redaction.know(secret)
    if port is None:
        consent = ask(grant, known, f"http://localhost:{PORT}/callback")
        _invite(consent.url)
        came_back = _pasted(name)
    else:
        from tieout.cli.redirect import Listener  # noqa: PLC0415  # only here

        with Listener(port) as listener:
            consent = ask(grant, known, listener.address)
            _invite(consent.url)
            came_back = listener.wait(PATIENCE, f"tieout connect {name}")
    with token_endpoint(name, grant.token_url, session.ports(name, MemoryTokens())) as endpoint:
        return exchange_code(grant, known, consent, came_back, endpoint)


def _invite(url: str) -> None:
    complain(strong("open this page, log in and consent:"))
    complain(f"\n  {url}\n")
    complain(dim("ctrl-C gives up; nothing is stored then"))
    sys.stderr.flush()


def _pasted(name: str) -> Mapping[str, str]:
    complain("then paste the address to which the browser was sent:")
    line = sys.stdin.readline().strip()
    if not line:
        raise Unauthorised("nothing was pasted; nothing was stored", mend=f"tieout connect {name} --paste")
    try:
        answer = dict(parse_qsl(urlsplit(line).query))
    except ValueError:  # such as http://[
        answer = {}
    if "state" not in answer:
        raise Unauthorised(
            "what was pasted is not the address to which the browser was sent, which ends with ?code=…&state=…; copy "
            "all of it from the address bar, even if the page itself could not be shown; nothing was stored",
            mend=f"tieout connect {name} --paste",
        )
    return answer


def _told(name: str, found: Organisation, *, pinned: bool) -> None:
    if asked().json:
        organisation = {"id": found.id, "name": found.name, "currency": found.currency, "live": found.live}
        json_line({"connection": name, "organisation": organisation, "pinned": pinned})
        return
    kind = "" if found.live else warn(" (not live)")
    say(f"{strong(name)} {good('is connected')} to {clean(found.name)} ({found.id}){kind}")
    if not pinned:
        say(f'{warn("pin it")}: write organisation: "{found.id}" under connections.{name} in tieout.yaml')
