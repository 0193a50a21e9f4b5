"""OpenID: id tokens, their keys and the discovery document (facts (a): only when `openid` was asked for)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

LIFETIME = timedelta(minutes=5)
BITS = 2048
KEY_ID = "simulator"


class Identity:
    """Signs id tokens with a key that is made when it is first needed."""

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=BITS)

    def id_token(self, issuer: str, client: str, subject: str, now: datetime) -> str:
        """Give an RS256 JWT that lives five minutes."""
        issued = int(now.timestamp())
        claims = {
            "iss": issuer,
            "aud": client,
            "sub": subject,
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "xero_userid": subject,
        }
        head = _part({"alg": "RS256", "kid": KEY_ID, "typ": "JWT"})
        signed = f"{head}.{_part(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_text(signature)}"

    def keys(self) -> Mapping[str, object]:
        """Give the public key as a JWKS."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": KEY_ID,
            "n": _whole(numbers.n),
            "e": _whole(numbers.e),
        }
        return {"keys": [key]}


def discovery(issuer: str) -> Mapping[str, object]:
    """Give the discovery document that some clients read first."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/identity/connect/authorize",
        "token_endpoint": f"{issuer}/connect/token",
        "revocation_endpoint": f"{issuer}/connect/revocation",
        "jwks_uri": f"{issuer}/.well-known/openid-configuration/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(value: Mapping[str, object]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _whole(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))
