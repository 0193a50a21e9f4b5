"""Real sockets: what httpx makes of a real network's faults is what the client relies on."""

from __future__ import annotations

import gzip
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tieout.adapter import Bearer, Service
from tieout.errors import AnswerLost, BadAnswer, Unreachable
from tieout.http.client import Client
from unit.http.peers import Bench

GOOD = b'{"ok": true}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n" + GOOD
ZIPPED = gzip.compress(GOOD * 100)


@dataclass
class Server:
    """Answers each connection with the next of its answers, the last one for ever; `requests` are what it read."""

    answers: list[bytes | None]
    requests: list[bytes] = field(default_factory=list)
    url: str = ""

    def serve(self, accepted: socket.socket) -> None:
        with accepted:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer is None:  # dies before it reads, but after the client sent: the client gets a reset
                select.select([accepted], [], [], 10)
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            self.requests.append(accepted.recv(65536))
            accepted.sendall(answer)


@contextmanager
def serving(*answers: bytes | None, wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Server]:
    server = Server(list(answers))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.url = f"{'https' if wrap else 'http'}://127.0.0.1:{listening.getsockname()[1]}"

        def run() -> None:
            while True:
                try:
                    accepted, _ = listening.accept()
                except OSError:
                    return
                try:
                    server.serve(wrap(accepted) if wrap else accepted)
                except OSError:
                    accepted.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert not thread.is_alive()


def client(url: str) -> Client:
    return Bench(httpx.HTTPTransport(), Service(url, Bearer())).client()


BROKEN: dict[str, bytes | None] = {
    "reset": None,
    "closed without an answer": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": WHOLE[:-5],
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + GOOD[:6],
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + GOOD + b"\r\n",
    "half a zip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    + ZIPPED[: len(ZIPPED) // 2],
    "not zipped at all": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n" + GOOD,
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=list(BROKEN))
def test_a_read_survives_a_broken_connection(answer: bytes | None) -> None:
    with serving(answer, WHOLE) as server, client(server.url) as http:
        assert http("GET", "/x").json() == {"ok": True}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=list(BROKEN))
def test_a_write_is_in_doubt_after_a_broken_connection_and_never_sent_again(answer: bytes | None) -> None:
    with serving(answer, WHOLE) as server, client(server.url) as http:
        with pytest.raises(AnswerLost):
            http("POST", "/x", json={"a": "b"})
        assert len(server.requests) == (0 if answer is None else 1)


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with client(url) as http, pytest.raises(Unreachable, match="no connection"):
        http("POST", "/x", json={})


def test_a_certificate_that_nobody_trusts_is_refused_at_once(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with serving(WHOLE, wrap=lambda s: context.wrap_socket(s, server_side=True)) as server, client(server.url) as http:
        with pytest.raises(BadAnswer, match="certificate is not trusted"):
            http("POST", "/x", json={})
        assert server.requests == []


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
