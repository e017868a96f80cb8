"""The sample app: a small relying party of its own, built on Authlib's client. Knows the provider only by its issuer."""
