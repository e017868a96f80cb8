"""What a sign-in leaves behind: the language of a person's mails, and that a password was proved beside a factor."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=16), nullable=True))
    with op.batch_alter_table("passwords", schema=None) as batch_op:
        batch_op.add_column(sa.Column("paired_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    # In place: with a table made anew, the rows that belong to it would go with the old one
    op.drop_column("passwords", "paired_at")
    op.drop_column("users", "language")
