"""The ways in, a file each behind the one port. METHODS is all there are; the tenant's policy says which are on."""

from idp.login.methods import password
from idp.login.methods.port import Method

METHODS: tuple[Method, ...] = (password.METHOD,)
BY_NAME: dict[str, Method] = {method.name: method for method in METHODS}
