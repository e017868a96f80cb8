"""Nothing but the list of plugins: fixtures and options live in tests/support, a file a subject."""

pytest_plugins = (
    "tests.support.app",
    "tests.support.needs",
    "tests.support.chromium",
    "tests.support.npm",
    "tests.support.order",
    "tests.support.protocol",
    "tests.support.registering",
    "tests.support.receivers",
    "tests.support.spec_matrix",
    "tests.support.postgres",
    "tests.support.properties",
    "tests.support.redis",
    "tests.support.stores",
    "tests.support.visitor",
)
