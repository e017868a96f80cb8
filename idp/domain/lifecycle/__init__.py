"""Lifecycle: what follows for all the other nouns when a user, a client or a session comes to an end."""
