"""The sample app: a small relying party of its own, built on Authlib's client. It knows its provider by issuer only."""
