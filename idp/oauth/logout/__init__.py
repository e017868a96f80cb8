"""Logging out: a file a way. The login of the browser ends; the app is returned to if it is sure who asks."""
