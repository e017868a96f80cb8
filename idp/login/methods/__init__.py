"""The ways in, a file each behind the one port. METHODS is all there are; the tenant's policy says which are on."""

from idp.login.methods import email_code, magic_link, passkey, password, recovery_code, totp
from idp.login.methods.port import Method

METHODS: tuple[Method, ...] = (
    password.METHOD,
    email_code.METHOD,
    magic_link.METHOD,
    passkey.METHOD,
    totp.METHOD,
    recovery_code.METHOD,
)
BY_NAME: dict[str, Method] = {method.name: method for method in METHODS}
