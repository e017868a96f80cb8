"""The domain: the nouns of an identity provider and their rules.

May import itself (in the order of the contract in pyproject.toml) and `idp.infra`. Knows no Flask and no Authlib, never
commits, raises `DomainError`s and returns plain objects. A noun's folder holds models.py (tables), queries.py (reads)
and one file for each thing that can be done.
"""
