"""How an authorization response reaches the app: a file a mode; MODES is what discovery advertises."""

from collections.abc import Callable, Mapping

from flask import Response

from idp.oauth.response_modes import form_post, fragment, query, web_message

Parameters = Mapping[str, str]

MODES: Mapping[str, Callable[[str, Parameters], Response]] = {
    "query": query.respond,
    "fragment": fragment.respond,
    "form_post": form_post.respond,
    "web_message": web_message.respond,
}
