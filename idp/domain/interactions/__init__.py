"""Interactions: what happens between /authorize and the redirect back. One row a request, so tabs never collide.

start ──> first step that is needed ──> its page ──> marked on the row ──> next …  ──> none left: the answer is sent
  └── prompt=none: the step's error                     └── cancelled: access_denied
"""
