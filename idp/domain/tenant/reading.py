"""What only reads says so: on SQLite it then waits for no writer, and keeps none waiting."""

from idp.infra.db import is_in_transaction, read_only


def only_reads() -> None:
    """Say that the rest of this request only reads. Does nothing once a transaction has begun: it may have written."""
    if not is_in_transaction():
        read_only()
