"""Tokens: the one place where codes, access tokens, ID tokens and refresh tokens are made, spent and taken back.

A *token grant* is what a user gave an app in one authorization; its id ties code, tokens and session together.
"""
