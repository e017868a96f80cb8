"""The password: something one knows. Its form is on the login page itself, so that password managers find it there."""

from typing import Final

from idp.infra.words import say
from idp.login.methods.port import Method

METHOD: Final = Method(name="password", amr=("pwd",), label=say("Password"), icon="lock")
