"""Every way to forge or bend a signed token that a verifier somewhere fell for (RFC 8725), as a table.

`forgeries(good, key)` takes a good token and the key that signed it: some rows need a sound signature over something
that must be refused all the same.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.infra import jwt

#: Somebody else's keys.
ATTACKERS = jwt.new_key("RS256")
ATTACKERS_EC = jwt.new_key("ES256")
NONES = ("none", "None", "NONE", "nOnE", "")


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: Mapping[str, Any], payload: Any, key: jwt.SigningKey) -> str:
    """A token with a sound RS256 signature over any header and payload; bytes go in as they are."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    data = f"{b64(json.dumps(header).encode())}.{b64(raw)}"
    return f"{data}.{b64(key.key.sign(data.encode(), PKCS1v15(), SHA256()))}"


def forgeries(good: str, key: jwt.SigningKey) -> dict[str, str]:
    """A name → a token that nobody may believe."""
    return {**_other_algorithms(good, key), **_other_keys(good), **_bent(good), **_extensions(good, key)}


def bad_times(good: str, key: jwt.SigningKey) -> dict[str, str]:
    """A name → a token, soundly signed, whose claims are no claims or not true now."""
    parsed = jwt.parse(good)
    claims, header = parsed.claims, dict(parsed.header)
    raw = json.dumps(claims)
    changed: dict[str, dict[str, Any]] = {
        "exp-text": {"exp": "9e99"},
        "exp-true": {"exp": True},
        "exp-null": {"exp": None},
        "exp-list": {"exp": [claims["exp"]]},
        "nbf-future": {"nbf": claims["exp"] + 10_000},
        "nbf-text": {"nbf": "now"},
        "iat-future": {"iat": claims["exp"] + 10_000},
        "iss-other": {"iss": "https://evil.example/"},
        "iss-cut": {"iss": str(claims["iss"])[:-1]},
        "iss-list": {"iss": [claims["iss"]]},
        "aud-many": {"aud": [f"https://{number}.example/" for number in range(10_000)]},
        "aud-number": {"aud": 5},
        "aud-mixed": {"aud": [claims["aud"], 5]},
    }
    return {
        **{name: signed(header, claims | change, key) for name, change in changed.items()},
        "exp-missing": signed(header, {name: claims[name] for name in claims if name != "exp"}, key),
        "exp-infinite": signed(header, raw[:-1].encode() + b',"exp":1e400}', key),
        "nan": signed(header, raw[:-1].encode() + b',"x":NaN}', key),
        "duplicate-sub": signed(header, raw[:-1].encode() + b',"sub":"auth0|admin"}', key),
        "depth": signed(header, raw[:-1].encode() + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}", key),
        "not-utf8": signed(header, raw[:-1].encode() + b',"x":"\xff"}', key),
        "surrogate": signed(header, raw[:-1].encode() + b',"x":"\\ud800"}', key),
        "list": signed(header, [claims], key),
        "text": signed(header, "claims", key),
        "padding": signed(header, claims | {"x": "x" * 1024 * 1024}, key),
    }


def _other_algorithms(good: str, key: jwt.SigningKey) -> dict[str, str]:
    header, payload, signature = good.split(".")
    kid = jwt.parse(good).kid
    pem = key.public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secrets = {"pem": pem, "pem-stripped": pem.strip(), "der": der, "empty": b"", "kid": str(kid).encode()}
    typ = jwt.parse(good).header["typ"]
    made = {}
    for name in NONES:
        head = b64(json.dumps({"alg": name, "typ": typ, "kid": kid}).encode())
        made[f"alg-{name or 'empty'}"] = f"{head}.{payload}."
        made[f"alg-{name or 'empty'}-signed"] = f"{head}.{payload}.{signature}"
    for name, secret in secrets.items():
        for hash_name in ("256", "512"):
            head = b64(json.dumps({"alg": f"HS{hash_name}", "typ": typ, "kid": kid}).encode())
            mac = hmac.digest(secret, f"{head}.{payload}".encode(), getattr(hashlib, f"sha{hash_name}"))
            made[f"hs{hash_name}-{name}"] = f"{head}.{payload}.{b64(mac)}"
    for alg in ("PS256", "RS384", "ES256", "EdDSA", "RSA-OAEP"):
        head = b64(json.dumps({"alg": alg, "typ": typ, "kid": kid}).encode())
        made[f"alg-{alg}"] = f"{head}.{payload}.{signature}"
        made[f"alg-{alg}-zeros"] = f"{head}.{payload}.{b64(bytes(64))}"
    made["no-alg"] = f"{b64(json.dumps({'typ': typ, 'kid': kid}).encode())}.{payload}.{signature}"
    assert header
    return made


def _other_keys(good: str) -> dict[str, str]:
    parsed = jwt.parse(good)
    header, claims = dict(parsed.header), parsed.claims
    attackers = jwt.public_jwk(ATTACKERS)
    place = "https://evil.example/jwks.json"
    embedded: dict[str, dict[str, Any]] = {
        "jwk": {"jwk": attackers},
        "jku": {"jku": place},
        "x5u": {"x5u": place},
        "x5c": {"x5c": ["MIIB"]},
        "kid-unknown": {"kid": attackers["kid"]},
        "kid-path": {"kid": "../../../../dev/null"},
        "kid-sql": {"kid": "' UNION SELECT 'x"},
        "kid-url": {"kid": place},
        "kid-nul": {"kid": "a\x00b"},
        "same-kid": {},
    }
    made = {f"foreign-{name}": signed(header | change, claims, ATTACKERS) for name, change in embedded.items()}
    nameless = {name: value for name, value in header.items() if name != "kid"}
    made["foreign-no-kid"] = signed(nameless, claims, ATTACKERS)
    made["foreign-ec"] = jwt.sign(claims, ATTACKERS_EC, header["typ"])
    return made


def _bent(good: str) -> dict[str, str]:
    header, payload, signature = good.split(".")
    claims = jwt.parse(good).claims
    changed = b64(json.dumps(claims | {"sub": "auth0|admin"}).encode())
    flipped = ("B" if signature[10] == "A" else "A").join((signature[:10], signature[11:]))
    json_form = {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}
    return {
        "payload-changed": f"{header}.{changed}.{signature}",
        "signature-flipped": f"{header}.{payload}.{flipped}",
        "signature-empty": f"{header}.{payload}.",
        "signature-short": f"{header}.{payload}.{signature[:-4]}",
        "signature-long": f"{header}.{payload}.{signature}AAAA",
        "signature-padded": f"{good}==",
        "segments-two": f"{header}.{payload}",
        "segments-four": f"{good}.{signature}",
        "segments-five": f"{header}.{payload}.{signature}.{payload}.{signature}",
        "dots": "..",
        "json-form": json.dumps(json_form),
        "json-empty": '{"signatures":[]}',
        "base64-standard": f"{header}.{payload}.{signature.replace('-', '+').replace('_', '/')}+",
        "header-twice": f"{b64(b'{}')}{good}",
    }


def _extensions(good: str, key: jwt.SigningKey) -> dict[str, str]:
    parsed = jwt.parse(good)
    header, claims = dict(parsed.header), parsed.claims
    changes: dict[str, dict[str, Any]] = {
        "crit": {"crit": ["x"], "x": 1},
        "crit-empty": {"crit": []},
        "crit-exp": {"crit": ["exp"], "exp": 1},
        "b64-false": {"b64": False, "crit": ["b64"]},
        "b64-alone": {"b64": False},
        "typ-other": {"typ": "logout+jwt"},
        "typ-number": {"typ": 5},
        "kid-number": {"kid": 5},
        "alg-list": {"alg": ["RS256"]},
    }
    return {name: signed(header | change, claims, key) for name, change in changes.items()}
