"""Several requests in one call (fact sheet, section 2.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tieout_salesforce.simulator.encoding import encode
from tieout_salesforce.simulator.problems import BAD_REQUEST, Problem, RequestRefused, RowRefused, refuse, single
from tieout_salesforce.simulator.resources import PLAIN, resource
from tieout_salesforce.simulator.routing import Call, Reply, Route, route

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

MOST_PARTS, MOST_QUERIES = 25, 5
_COUNTED = re.compile(r".*/(?:query|queryAll|composite/sobjects)(?:[/?].*)?")
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)\.([^}]+)\}")
_HALTED = Problem(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)


class _Halted(Exception):
    """One part failed where all or none was asked for."""


def composite(world: World, call: Call) -> Reply:
    """Carry out up to 25 requests in order, later ones using what earlier ones answered."""
    body = call.record()
    parts = body.get("compositeRequest")
    if not isinstance(parts, list) or not 1 <= len(parts) <= MOST_PARTS:
        raise refuse(BAD_REQUEST, "INVALID_INPUT", f"give between 1 and {MOST_PARTS} subrequests")
    if any(not isinstance(part, dict) or not {"method", "url", "referenceId"} <= part.keys() for part in parts):
        raise refuse(BAD_REQUEST, "INVALID_INPUT", "each subrequest needs method, url and referenceId")
    if sum(bool(_COUNTED.fullmatch(str(part["url"]))) for part in parts) > MOST_QUERIES:
        message = f"Limit of {MOST_QUERIES} queries and collections in one composite request was exceeded"
        raise refuse(BAD_REQUEST, "LIMIT_EXCEEDED", message)
    answers: list[dict[str, Any]] = []

    def run() -> None:
        done: dict[str, Any] = {}
        for part in parts:
            answer = _part(world, call, part, done)
            answers.append(answer)
            done[part["referenceId"]] = answer["body"]
        failed = any(answer["httpStatusCode"] >= BAD_REQUEST for answer in answers)
        if failed and body.get("allOrNone", False) is True:
            raise _Halted

    try:
        with world.org.transaction():
            run()
    except _Halted:
        return Reply(body={"compositeResponse": [_undone(answer) for answer in answers]})
    return Reply(body={"compositeResponse": answers})


def _undone(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if answer["httpStatusCode"] >= BAD_REQUEST:
        return answer
    return {**answer, "body": [_HALTED.as_rest()], "httpHeaders": {}, "httpStatusCode": BAD_REQUEST}


def _part(world: World, call: Call, part: Mapping[str, Any], done: Mapping[str, Any]) -> dict[str, Any]:
    try:
        url = urlsplit(str(_filled(part["url"], done)))
        reply = resource(
            world,
            PLAIN,
            replace(
                call,
                method=str(part["method"]).upper(),
                path=url.path,
                params=dict(parse_qsl(url.query, keep_blank_values=True)),
                headers={},
                body=encode(_filled(part.get("body"), done)).encode(),
            ),
        )
    except RowRefused as refused:
        reply = _refused(single(refused))
    except RequestRefused as refused:
        reply = _refused(refused)
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": part["referenceId"],
    }


def _refused(refused: RequestRefused) -> Reply:
    return Reply(refused.status, [problem.as_rest() for problem in refused.problems])


def _filled(value: Any, done: Mapping[str, Any]) -> Any:
    """Put what earlier parts answered in place of `@{reference.path}`."""
    if isinstance(value, dict):
        return {key: _filled(item, done) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, done) for item in value]
    if not isinstance(value, str):
        return value
    return _REFERENCE.sub(lambda match: str(_looked_up(match, done)), value)


def _looked_up(match: re.Match[str], done: Mapping[str, Any]) -> Any:
    name, path = match[1], match[2]
    found = done.get(name)
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if found is None:
        message = f"Invalid reference specified. No value for {name}.{path} found in {name}"
        raise refuse(BAD_REQUEST, "PROCESSING_HALTED", message)
    return found


ROUTES: tuple[Route, ...] = (route("POST", "/composite", "composite", composite),)
