"""Reading forms, as every door does."""

from idp.web.forms import REFUSED, check_email, password_problem, read

__all__ = ["REFUSED", "check_email", "password_problem", "read"]
