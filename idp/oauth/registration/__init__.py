"""Client metadata (RFC 7591 §2, OIDC Registration §2): a table of members, and the rules that hold between them.

`read(document)` turns what somebody sent into checked values by their registered names. What does not stand in the
table is ignored, so that nobody can register more than there is; what stands there has to be right.
"""

from idp.oauth.registration.document import read

__all__ = ["read"]
