"""The cellar: technology that knows nothing of identity. Imports nothing of idp but its own modules and idp.config."""
