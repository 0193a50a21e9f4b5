"""Lifts Xero's limit of 60 calls a minute in a sandbox and in a project on it: a test types faster than a reader.

python unhurried.py PROJECT SANDBOX.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.request import Request, urlopen


def main(project: Path, sandbox: Path) -> None:
    url = json.loads(sandbox.read_text("utf-8"))["xero"]["url"]
    order = Request(f"{url}/__sim__/limits", b'{"off": true}', method="POST")  # noqa: S310  # the sandbox's address
    with urlopen(order) as answer:  # noqa: S310  # as above
        assert answer.status == 200
    text = (project / "tieout.yaml").read_text("utf-8")
    lifted = text.replace('grant: "custom_connection"', 'grant: "custom_connection", calls_per_minute: 6000')
    assert lifted != text, "tieout.yaml no longer says how Xero is reached"
    (project / "tieout.yaml").write_text(lifted, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
