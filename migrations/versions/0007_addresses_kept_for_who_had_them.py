"""An address that an account may have back: nobody else gets it while the link of that is good."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("kept_key", sa.String(length=640), nullable=True))
    op.create_index("ix_tickets_kept_key", "tickets", ["kept_key"])


def downgrade() -> None:
    op.drop_index("ix_tickets_kept_key", table_name="tickets")
    op.drop_column("tickets", "kept_key")
