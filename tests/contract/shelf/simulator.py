"""A Shelf of one's own: the whole system, for tests of its adapter. What people do there are plain methods."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LARGEST, LONGEST = 20, 40
ORDER = "{:%Y-%m-%dT%H:%M:%S.%f}+00:00"
Book = dict[str, Any]
EMPTY: Book = {"title": None, "author": None, "price": None, "note": None, "key": None}


class Shelf:
    """The shop's books, and what people do with them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.books: dict[str, Book] = {}
        self.tokens: set[str] = set()
        self.made: Counter[str] = Counter()
        self.on_loan: set[str] = set()

    def stamp(self, back: timedelta = timedelta()) -> str:
        return ORDER.format(self._clock() - back)

    def add(self, values: Mapping[str, Any]) -> Book:
        id = f"B{len(self.books) + 1:05}"
        self.books[id] = {**EMPTY, "id": id, "state": "live", "into": None, "version": 0}
        self.made[values.get("key") or ""] += 1
        return self.edit(id, values)

    def edit(self, id: str, values: Mapping[str, Any], back: timedelta = timedelta()) -> Book:
        version = self.books[id]["version"] + 1
        self.books[id] |= {**values, "version": version, "changed": self.stamp(back)}
        return self.books[id]

    def listed(self, start: str, after: str, size: int) -> tuple[list[Book], bool]:
        rows = sorted(self.books.values(), key=lambda book: (book["changed"], book["id"]))
        rows = [book for book in rows if (book["changed"], book["id"]) > (start, after)]
        return rows[:size], len(rows) > size

    def problem(self, values: Mapping[str, Any]) -> tuple[str, str] | None:
        title = values.get("title", "?")
        if not title:
            return "title-missing", "A book needs a title."
        if len(title) > LONGEST:
            return "title-too-long", f"A title has at most {LONGEST} letters."
        if any(book["key"] == values["key"] for book in self.books.values() if values.get("key")):
            return "key-taken", "Another book has this key."
        return None

    def barred(self, id: str, version: str | None) -> tuple[str, str] | None:
        book = self.books.get(id)
        if book is None or book["state"] == "deleted":
            return "not-found", "There is no such book."
        if id in self.on_loan:
            return "on-loan", "A book on loan cannot be changed."
        if version is not None and version != str(book["version"]):
            return "moved", "Somebody has changed it."
        return None


class ShelfSimulator:
    """Makes shops."""

    def __init__(self) -> None:
        self._access = {"client_id": secrets.token_hex(12), "client_secret": secrets.token_hex(24)}

    def access(self, url: str) -> Mapping[str, str]:
        return {"url": url, **self._access}

    def connection(self, url: str) -> Mapping[str, object]:
        names = {"client_id": "${env:SHELF_ID}", "client_secret": "${env:SHELF_SECRET}"}
        return {"adapter": "shelf", "organisation": "shop-1", "options": {"url": url}, "credentials": names}

    def app(self, clock: Callable[[], datetime]) -> Starlette:
        self.shelf = Shelf(clock)
        calls = {"/me": _me, "/books": _books, "/books/by-id": _by_id, "/books/by-key": _by_key}
        routes = [Route(path, self._guarded(call), methods=["GET", "POST", "PATCH"]) for path, call in calls.items()]
        archive = Route("/books/archive", self._guarded(_archive), methods=["POST"])
        return Starlette(routes=[Route("/token", self._token, methods=["POST"]), archive, *routes])

    async def _token(self, request: Request) -> JSONResponse:
        form = (await request.body()).decode()
        if any(secret not in form for secret in self._access.values()):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_hex(24)
        self.shelf.tokens.add(token)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _guarded(self, call: Callable[[Shelf, Request, Any], JSONResponse]) -> Any:
        async def answer(request: Request) -> JSONResponse:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.shelf.tokens:
                return JSONResponse({"error": "unauthorised"}, 401)
            return call(self.shelf, request, await request.json() if await request.body() else {})

        return answer


def _me(_shelf: Shelf, _request: Request, _body: Any) -> JSONResponse:
    return JSONResponse({"id": "shop-1", "name": "Corner Books"})


def _books(shelf: Shelf, request: Request, body: Any) -> JSONResponse:
    if request.method == "GET":
        asked = request.query_params
        rows, more = shelf.listed(asked.get("from", ""), asked.get("after", ""), int(asked["size"]))
        return JSONResponse({"now": shelf.stamp(), "books": rows, "more": more})
    if len(body["books"]) > LARGEST:
        return JSONResponse({"error": f"at most {LARGEST} books"}, 413)
    save = _create if request.method == "POST" else _update
    return JSONResponse({"results": [save(shelf, values) for values in body["books"]]})


def _create(shelf: Shelf, values: Book) -> Book:
    problem = shelf.problem({"title": None, **values})
    return _refused(*problem) if problem else {"ok": True, "book": shelf.add(values)}


def _update(shelf: Shelf, values: Book) -> Book:
    id, version = values.pop("id"), values.pop("if_version", None)
    problem = shelf.barred(id, version) or shelf.problem(values)
    return _refused(*problem) if problem else {"ok": True, "book": shelf.edit(id, values)}


def _archive(shelf: Shelf, _request: Request, body: Any) -> JSONResponse:
    results = [_update(shelf, {"id": book["id"], "state": "archived"}) for book in body["books"]]
    return JSONResponse({"results": results})


def _refused(code: str, message: str) -> Book:
    return {"ok": False, "code": code, "message": message}


def _by_id(shelf: Shelf, _request: Request, body: Any) -> JSONResponse:
    return _picked(shelf, "id", body["ids"])


def _by_key(shelf: Shelf, _request: Request, body: Any) -> JSONResponse:
    return _picked(shelf, "key", body["keys"])


def _picked(shelf: Shelf, name: str, wanted: Sequence[str]) -> JSONResponse:
    return JSONResponse({"books": [book for book in shelf.books.values() if book[name] in wanted]})
