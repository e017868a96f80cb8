"""OIDC Core §3.1.2.1: `prompt` and `max_age`."""

from idp.oauth.authorization.draft import Draft
from idp.oauth.errors import invalid_request

#: `create`: Initiating User Registration via OpenID Connect §4.1.
PROMPTS = ("none", "login", "consent", "select_account", "create")
DISPLAYS = ("page", "popup", "touch", "wap")
_LONGEST_AGE = 2**31


def check_prompt(draft: Draft) -> None:
    """Know what has to be shown; `none` stands alone."""
    prompts = tuple(dict.fromkeys(draft.sent.get("prompt", "").split()))
    if unknown := [prompt for prompt in prompts if prompt not in PROMPTS]:
        raise invalid_request("The prompt is unknown.", "prompt", " ".join(PROMPTS), unknown[0])
    if "none" in prompts and len(prompts) > 1:
        raise invalid_request("The prompt none cannot be joined by another.", "prompt", "none", " ".join(prompts))
    draft.values["prompt"] = prompts
    if draft.sent.get("screen_hint") == "signup" or "create" in prompts:
        draft.values["screen_hint"] = "signup"


def check_display(draft: Draft) -> None:
    """Know how the pages are shown; they fit every size, so this only has to be let through (§3.1.2.1)."""
    display = draft.sent.get("display")
    draft.values["display"] = display if display in DISPLAYS else None


def check_max_age(draft: Draft) -> None:
    """Know how old a login may be, in seconds."""
    sent = draft.sent.get("max_age")
    if sent is None:
        # What the app was registered with (OIDC Registration §2).
        draft.values["max_age"] = draft.app.registered("default_max_age")
        return
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 10 and int(sent) < _LONGEST_AGE):  # noqa: PLR2004 -- digits
        raise invalid_request("The max_age must be a number of seconds.", "max_age", "0 or more", sent)
    draft.values["max_age"] = int(sent)
