"""`tieout disconnect`: take a connection back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.show import dim, good, json_line, say, strong, warn

if TYPE_CHECKING:
    from tieout.disconnecting import Ended


@click.command("disconnect")
@click.argument("connection")
@common
def command(connection: str) -> int:
    """End the login of a CONNECTION at its system, and forget its tokens here.

    Links, answers and the log stay, so that connecting again goes on where it was. Until then whatever needs the
    connection ends with exit code 6. What the system has no call for is named: a person ends it there.
    """
    from tieout.disconnecting import disconnect  # noqa: PLC0415  # heavy
    from tieout.runner import alone, person  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env) as session:
        session.config(connection)
        with alone(session.database):  # a run that has begun is finished first
            ended = disconnect(session, connection, person())
    if asked().json:
        here = {"wiped": ended.wiped, "secrets": list(ended.secrets), "elsewhere": list(ended.elsewhere)}
        json_line({"connection": connection, "revoked": ended.revoked, **here, "by_hand": ended.by_hand or None})
    else:
        _told(connection, ended)
    return 0


def _told(name: str, ended: Ended) -> None:
    say(f"{strong(name)} {good('is disconnected')}; its links stay")
    say(f"  at the system: {'its login is ended' if ended.revoked else 'no login was ended'}")
    forgotten = [*(["its tokens"] if ended.wiped else []), *(f"${{secret:{one}}}" for one in ended.secrets)]
    say(f"  here: {', '.join(forgotten)} forgotten" if forgotten else "  here: there was nothing to forget")
    if ended.elsewhere:
        say(f"  {warn('outside')}: {', '.join(ended.elsewhere)} still lead to credentials that let it in again")
    if ended.by_hand:
        say(f"  {warn('by hand')}: {ended.by_hand}")
    say(dim(f"connect it again:  tieout connect {name}{to_repeat()}"))
