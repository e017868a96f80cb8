"""Consents: what a user lets an app do, remembered per user, client and scope."""
