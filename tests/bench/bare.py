"""The bare loop: read both sides page by page with httpx and json, and write the rows to SQLite. No diff, no engine."""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import time
from pathlib import Path

import httpx


def main() -> None:
    """Copy both sides and print the figures as JSON."""
    url, store = sys.argv[1], Path(sys.argv[2])
    connection = sqlite3.connect(store)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE IF NOT EXISTS record (side TEXT, id TEXT, body TEXT, PRIMARY KEY (side, id))"
    )
    before, start, count = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter(), 0
    with httpx.Client(base_url=url) as client:
        for side in ("left", "right"):
            page, more = 0, True
            while more:
                answer = json.loads(client.get(f"/{side}", params={"page": page}).content)
                rows = [(side, one["Id"], json.dumps(one)) for one in answer["rows"]]
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", rows)
                count, more, page = count + len(rows), answer["more"], page + 1
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu, "seconds": time.perf_counter() - start, "records": count,
                      "peak_mb": after.ru_maxrss / 1024}))  # fmt: skip


if __name__ == "__main__":
    main()
