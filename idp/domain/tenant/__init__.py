"""The tenant: this one deployment, its settings, its set-up, and the version stamp of what is cached."""
