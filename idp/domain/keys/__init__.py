"""Signing keys: made, published before they sign, rotated, revoked. Private parts are wrapped at rest."""
