"""Who made an account, and where its address was confirmed: whoever claims an address may not be who reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With an expression as default SQLite makes the table anew, and the rows that belong to users go with the old one
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_self_made", sa.Boolean(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("confirmed_elsewhere_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "confirmed_elsewhere_at")  # in place: no table is made anew
    op.drop_column("users", "is_self_made")
