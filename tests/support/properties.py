"""Property tests: a busy machine is not an error, and a failure comes again when it is run again."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "idp", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("idp")
