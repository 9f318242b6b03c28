"""leases of running work, and how often it was recovered

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("operations") as table:
        for name in ("recoveries", "lease_token", "lease_beats"):
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("lease_holder", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("lease_renewed_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("stuck_ignored", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("operations") as table:
        for name in ("recoveries", "lease_token", "lease_beats", "stuck_ignored"):
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("operations") as table:
        for name in ("recoveries", "lease_token", "lease_beats", "lease_holder", "lease_renewed_at", "stuck_ignored"):
            table.drop_column(name)
