"""when alerts were judged, and what could not be looked at

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alert_rounds") as table:
        table.add_column(sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("not_known", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("alert_rounds") as table:
        table.alter_column("not_known", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("alert_rounds") as table:
        table.drop_column("not_known")
        table.drop_column("judged_at")
