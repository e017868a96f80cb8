"""The protocol door: /authorize /oauth/* /userinfo /oidc/* /v2/logout /.well-known/*.

The specifications live here and nowhere else, on Authlib's dispatch. No SQL, no pages between /authorize and the answer
(those are `idp.login`), no minting (that is `idp.domain.tokens`).
"""
