"""OpenID Connect in full."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_registration_tokens")),
    )
    op.create_table(
        "pairwise_subjects",
        sa.Column("sector", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pairwise_subjects_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sector", "user_id", name=op.f("pk_pairwise_subjects")),
        sa.UniqueConstraint("subject", name=op.f("uq_pairwise_subjects_subject")),
    )
    op.create_table(
        "session_clients",
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_session_clients_client_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sid"], ["sessions.sid"], name=op.f("fk_session_clients_sid"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sid", "client_id", name=op.f("pk_session_clients")),
    )
    with op.batch_alter_table("client_secrets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("secret_wrapped", sa.String(length=512), nullable=True))

    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("registration_token_hash", sa.String(length=64), nullable=True))

    with op.batch_alter_table("token_grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claims", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("token_grants", schema=None) as batch_op:
        batch_op.drop_column("claims")

    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.drop_column("registration_token_hash")
        batch_op.drop_column("registration")

    with op.batch_alter_table("client_secrets", schema=None) as batch_op:
        batch_op.drop_column("secret_wrapped")

    op.drop_table("session_clients")
    op.drop_table("pairwise_subjects")
    op.drop_table("registration_tokens")
