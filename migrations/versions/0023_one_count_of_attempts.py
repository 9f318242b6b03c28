"""one count of attempts: how often work was recovered is told by its beginnings

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("operations") as table:
        table.drop_column("recoveries")


def downgrade() -> None:
    with op.batch_alter_table("operations") as table:
        table.add_column(sa.Column("recoveries", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("operations") as table:
        table.alter_column("recoveries", server_default=None)
