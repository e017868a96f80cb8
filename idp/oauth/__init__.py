"""The protocol: /authorize, /oauth/*, /userinfo, /oidc/*, /v2/logout, /.well-known/*. The specifications live here."""
