"""how full the pools of each process are

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool_uses",
        sa.Column("process_id", sa.String(length=16), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utilization_percent", sa.Float(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_pool_uses")),
    )


def downgrade() -> None:
    op.drop_table("pool_uses")
