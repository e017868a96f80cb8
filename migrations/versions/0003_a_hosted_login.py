"""A hosted login: second factors, passkeys, codes by mail, policies and looks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "totps",
        sa.Column("id", sa.String(length=32), nullable=False),
        _user(),
        sa.Column("seed_wrapped", sa.String(length=512), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        _owner("totps"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totps")),
    )
    op.create_index(op.f("ix_totps_user_id"), "totps", ["user_id"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(length=64), nullable=False),
        _user(),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("aaguid", sa.String(length=36), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        _owner("passkeys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _user(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        _owner("recovery_codes"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        _user(nullable=True),
        sa.Column("answer_hash", sa.String(length=64), nullable=True),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        _owner("challenges"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    for column in ("user_id", "link_hash", "expires_at"):
        op.create_index(op.f(f"ix_challenges_{column}"), "challenges", [column])
    op.create_table(
        "pending_logins",
        sa.Column("id_hash", sa.String(length=64), nullable=False),
        _user(),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        _owner("pending_logins"),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_pending_logins")),
    )
    for column in ("user_id", "expires_at"):
        op.create_index(op.f(f"ix_pending_logins_{column}"), "pending_logins", [column])
    op.create_table(
        "pictures",
        sa.Column("id", sa.String(length=32), nullable=False),
        _user(),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _owner("pictures"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("user_id", name=op.f("uq_pictures_user_id")),
    )
    op.create_table(
        "brand_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_brand_files")),
    )
    for table in ("tenant", "clients"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("login", sa.JSON(), nullable=False, server_default="{}"))
            batch_op.add_column(sa.Column("branding", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hashing", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passkey_declined_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client_id", sa.String(length=128), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_column("client_id")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("passkey_declined_at")
    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.drop_column("hashing")
    for table in ("clients", "tenant"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("branding")
            batch_op.drop_column("login")
    for table in ("pictures", "brand_files", "pending_logins", "challenges", "recovery_codes", "passkeys", "totps"):
        op.drop_table(table)


def _user(*, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column("user_id", sa.String(length=128), nullable=nullable)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE")
