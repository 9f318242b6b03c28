"""what becomes of a verified change

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "auto_ops_changes",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("reply_sha256", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=30), nullable=True),
        sa.Column("came_of_it", sa.Text(), nullable=True),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["auto_ops_alerts.id"],
            name=op.f("fk_auto_ops_changes_alert_id_auto_ops_alerts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_auto_ops_changes")),
    )
    op.create_index(op.f("ix_auto_ops_changes_alert_id"), "auto_ops_changes", ["alert_id"], unique=False)
    op.create_index("ix_auto_ops_changes_state_look", "auto_ops_changes", ["state", "look_at"], unique=False)


def downgrade() -> None:
    op.drop_table("auto_ops_changes")
