"""`tieout audit access`: the access review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tieout.cli.asked import common
from tieout.cli.show import bad, clean, dim, good, json_line, say, strong, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tieout.access_review import Row


@click.command("access")
@common
def access() -> int:
    """List which connection reaches which account, with which rights, who granted it, and when it was used last.

    No system is asked. What a person took back stays in the list until it is removed from tieout.yaml; what was
    removed without being taken back stays until somebody does: write it there again, then tieout disconnect.
    """
    from tieout.access_review import as_json, review  # noqa: PLC0415  # heavy
    from tieout.cli.asked import asked  # noqa: PLC0415  # with the rest
    from tieout.session import Session, load  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session:
        rows = review(session)
    if settings.json:
        json_line([as_json(row) for row in rows])
        return 0
    for row in rows:
        for line in _lines(row):
            say(clean(line))
    return 0


_MARKS: dict[str, Callable[[str], str]] = {"connected": good, "never used": dim, "removed": warn}


def _lines(row: Row) -> Iterator[str]:
    state = _MARKS.get(row.state, bad)(row.state) + (f" since {row.since[:10]}" if row.since else "")
    by = f" by {row.ended_by}" if row.ended_by else ""
    yield f"{strong(row.connection)}  {state}{by}"
    whose = f"{row.name} ({row.organisation})" if row.name else row.organisation or "not known yet"
    granted = f"{row.granted_by}, {row.granted[:10]}" if row.granted_by else "nobody: the credentials suffice"
    told = {
        "adapter": row.adapter,
        "reaches": whose,
        "by": row.grant,
        "scopes": " ".join(row.scopes) or "not told by the system: those of its user",
        "granted by": granted,
        "last used": f"{row.used[:10]}, in the hour after {row.used[11:13]}:00 UTC" if row.used else "never",
        "token ends": row.expires[:10],
    }
    for name, value in told.items():
        if value:
            yield f"  {dim(f'{name:<11}')} {value}"
