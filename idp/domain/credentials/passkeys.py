"""Passkeys (Web Authentication Level 3): what browsers are asked, whose a passkey is, and what is kept of it.

A passkey proves two things at once: the device that holds it, and the finger, face or PIN that opened it there (user
verification is always required). A challenge is one browser's, for one ceremony, for five minutes, once.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from idp.domain.credentials import challenges
from idp.domain.credentials.challenges import Purpose
from idp.domain.credentials.factors import OWN_FACTORS, TWO_FACTORS, enrolled_factors
from idp.domain.credentials.models import Passkey
from idp.domain.credentials.passkey_answers import (
    ALGORITHMS,
    Answer,
    Asserted,
    PasskeyRefusedError,
    Registered,
    read_answer,
    rp_id,
    verify_assertion,
    verify_registration,
)
from idp.domain.errors import InvalidInputError, NotFoundError
from idp.domain.events.names import EventName
from idp.domain.events.recording import record
from idp.domain.tenant import settings
from idp.domain.users.mails import mail_security_notice
from idp.domain.users.models import User
from idp.domain.users.queries import find_user, get_user
from idp.domain.users.standing import hold_standing
from idp.infra import clock
from idp.infra.db import db
from idp.infra.jwt.base64url import encode
from idp.infra.secrets import digest, equal
from idp.infra.words import say

LIFETIME: Final = 5 * 60
#: How long the offer of a passkey is not made again to who declined it.
DECLINED_FOR: Final = 90 * 86400
MOST_PASSKEYS: Final = 20
LONGEST_NAME: Final = 64
#: Who keeps a passkey, by AAGUID (WebAuthn §6.5.1): what most people have. The others are "Passkey".
_KEEPERS: Final = {
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-40a7-a3d8-11116f7e8349": "Bitwarden",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
}
_NAMELESS: Final = "Passkey"


def user_handle(user_id: str) -> str:
    """What authenticators know a person by (WebAuthn §14.6.1): 32 bytes in base64url that say nothing, for ever."""
    return encode(hashlib.sha256(f"passkey user handle\0{user_id}".encode()).digest()).decode()


def sign_in_options(browser: str) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON for whoever it may be: the same for everybody but for its challenge."""
    return _request("passkey_sign_in", browser, None, [])


def prove_options(browser: str, user_id: str) -> dict[str, Any]:
    """The same for a person who is known: any passkey of theirs."""
    return _request("passkey_prove", browser, user_id, _descriptors(user_id))


def registration_options(browser: str, user: User) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON: a passkey that is found without a name, on a device that has none yet."""
    return {
        "challenge": challenges.begin("passkey_register", browser, LIFETIME, user_id=user.id),
        "rp": {"id": rp_id(), "name": settings.current().name},
        "user": {
            "id": user_handle(user.id),
            "name": user.email,
            "displayName": str(user.claims.get("name") or user.email),
        },
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "excludeCredentials": _descriptors(user.id),
        "attestation": "none",
        "timeout": LIFETIME * 1000,
    }


def create_passkey(text: str, browser: str | None, user: User) -> Passkey:
    """Keep what an authenticator made.

    Args:
        text: PublicKeyCredential in JSON, from the form.
        browser: the id of the browser, from its cookie.
        user: whose it will be, for whom it was asked.

    Raises:
        PasskeyRefusedError: it was not accepted.
    """
    answer = read_answer(text, "webauthn.create")
    _claim(answer, "passkey_register", browser, user.id)
    made = verify_registration(answer)
    if len(list_passkeys(user.id)) >= MOST_PASSKEYS:
        raise PasskeyRefusedError("too many passkeys", "full")
    try:
        with db.session.begin_nested():
            return _add(made, user.id)
    except IntegrityError:
        # WebAuthn §7.1, step 26: an id is one account's; another's would let its owner in here
        raise PasskeyRefusedError("credential id is registered", "known") from None


def use_passkey(text: str, browser: str | None, user_id: str | None = None) -> User:
    """Whose passkey signed the challenge. Whether that person is served is for the gate to say.

    Args:
        text: PublicKeyCredential in JSON, from the form.
        browser: the id of the browser, from its cookie.
        user_id: who is to prove it; None for whoever it may be.

    Raises:
        PasskeyRefusedError: it was not accepted.
    """
    answer = read_answer(text, "webauthn.get")
    _claim(answer, "passkey_sign_in" if user_id is None else "passkey_prove", browser, user_id)
    passkey = db.session.get(Passkey, digest(answer.credential_id))
    if passkey is None:
        raise PasskeyRefusedError("unknown passkey", "unknown")
    if user_id is not None and passkey.user_id != user_id:
        raise PasskeyRefusedError("another user's passkey", "another")
    _check_handle(answer, passkey.user_id, is_required=user_id is None)
    done = verify_assertion(answer, passkey.public_key)
    hold_standing(passkey.user_id)
    if db.session.scalar(select(Passkey.id).where(Passkey.id == passkey.id)) is None:
        raise PasskeyRefusedError("a passkey that was removed meanwhile", "unknown")
    _count_up(passkey, done)
    user = find_user(passkey.user_id)
    assert user is not None  # noqa: S101 -- passkeys go with their user
    return user


def list_passkeys(user_id: str) -> Sequence[Passkey]:
    """A person's passkeys, oldest first."""
    found = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)
    return db.session.execute(found).scalars().all()


def get_passkey(user_id: str, passkey_id: str) -> Passkey:
    """One of a person's passkeys.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    found = db.session.execute(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id)).scalar()
    if found is None:
        raise NotFoundError(say("This passkey is not there any more."))
    return found


def rename_passkey(user_id: str, passkey_id: str, name: str) -> Passkey:
    """Call a passkey what its owner calls it.

    Raises:
        NotFoundError: it is not this person's.
        InvalidInputError: the name cannot be shown.
    """
    passkey = get_passkey(user_id, passkey_id)
    wanted = " ".join(name.split())
    if not 0 < len(wanted) <= LONGEST_NAME or not wanted.isprintable():
        raise InvalidInputError(say("Use a name of 1 to {count} characters.", count=LONGEST_NAME), "name")
    passkey.name = wanted
    db.session.flush()
    return passkey


def delete_passkey(user_id: str, passkey_id: str) -> str | None:
    """Forget a passkey; its name, or None if it is not there, or another's."""
    return db.session.execute(
        delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.name)
    ).scalar()


def delete_passkeys(user_id: str, since: int = 0) -> Sequence[str]:
    """Forget a person's passkeys, or those added at that second or later; what they were called."""
    added = (Passkey.user_id == user_id, Passkey.created_at >= since)
    return db.session.execute(delete(Passkey).where(*added).returning(Passkey.name)).scalars().all()


def may_be_offered(user: User, amr: Collection[str]) -> bool:
    """Whether a person has no passkey, and did not decline one lately.

    Args:
        user: who has just signed in.
        amr: how. Whoever has a second factor must have proved it: a passkey made now would count as one, too.
    """
    declined = user.passkey_declined_at
    if declined is not None and declined > clock.now() - DECLINED_FOR:
        return False
    enrolled = enrolled_factors(user.id)
    return "passkey" not in enrolled and (TWO_FACTORS in amr or not OWN_FACTORS & enrolled)


def decline_offer(user: User) -> None:
    """Not now: the offer is not made again for a while."""
    user.passkey_declined_at = clock.now()
    db.session.flush()


def _request(purpose: Purpose, browser: str, user_id: str | None, allowed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "challenge": challenges.begin(purpose, browser, LIFETIME, user_id=user_id),
        "rpId": rp_id(),
        "allowCredentials": allowed,
        "userVerification": "required",
        "timeout": LIFETIME * 1000,
    }


def _descriptors(user_id: str) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": each.credential_id, "transports": each.transports}
        for each in list_passkeys(user_id)
    ]


def _claim(answer: Answer, purpose: Purpose, browser: str | None, user_id: str | None) -> None:
    asked = challenges.claim(answer.challenge, purpose, browser)
    if asked is None or asked.user_id != user_id:
        raise PasskeyRefusedError("challenge is not open in this browser", "late")


def _check_handle(answer: Answer, user_id: str, *, is_required: bool) -> None:
    """WebAuthn §7.2, step 6: who is found by the passkey alone has to be who the passkey says it is for."""
    if answer.user_handle is None and not is_required:
        return
    if not equal(answer.user_handle or "", user_handle(user_id)):
        raise PasskeyRefusedError("wrong user handle", "unknown")


def _count_up(passkey: Passkey, done: Asserted) -> None:
    """WebAuthn §7.2, step 22: a count that does not grow is that of a copy. Synced passkeys do not count: always 0."""
    is_good = Passkey.sign_count < done.sign_count if done.sign_count else Passkey.sign_count == 0
    counted = db.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey.id, is_good)
        .values(sign_count=done.sign_count, is_backed_up=done.is_backed_up, last_used_at=clock.now())
        .returning(Passkey.id)
    ).scalar()
    if counted is None:
        record(
            EventName.PASSKEY_COPY_SUSPECTED,
            user_id=passkey.user_id,
            outcome="refused",
            passkey=passkey.id,
            expected=f"more than {passkey.sign_count}",
            received=done.sign_count,
        )
        what = say("A passkey of your account was refused, because it may have been copied: {name}.", name=passkey.name)
        mail_security_notice(get_user(passkey.user_id), what)
        raise PasskeyRefusedError("sign count went back", "copied")


def _add(made: Registered, user_id: str) -> Passkey:
    passkey = Passkey(
        id=digest(made.credential_id),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        aaguid=made.aaguid,
        transports=made.transports,
        name=_KEEPERS.get(made.aaguid, _NAMELESS),
        is_backed_up=made.is_backed_up,
        created_at=clock.now(),
        last_used_at=None,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey
