"""Tables as text: fitted to a terminal's width, aligned columns without any wrapping elsewhere."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

UNBOUNDED = 100_000
"""Columns where nobody looks at a screen: a line of a table stays one line, for grep."""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None, colour: bool) -> str:
    """Lay out rows; `width`: of the terminal, None: not on one. Cells may hold ANSI styles; plain output drops them."""
    from rich.console import Console  # noqa: PLC0415  # 50 ms that only tables pay
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for header in headers:
        made.add_column(header, overflow="fold")
    for row in rows:
        made.add_row(*(Text.from_ansi(cell) for cell in row))
    out = StringIO()
    console = Console(
        file=out,
        width=width or UNBOUNDED,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(made)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
