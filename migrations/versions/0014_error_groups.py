"""error groups

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "error_groups",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("culprit", sa.String(length=300), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("environment", sa.String(length=16), nullable=False),
        sa.Column("release", sa.String(length=80), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_groups")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_error_groups_fingerprint")),
    )
    with op.batch_alter_table("error_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_error_groups_last_seen"), ["last_seen"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_groups_status"), ["status"], unique=False)

    op.create_table(
        "error_events",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("show_id", sa.String(length=64), nullable=True),
        sa.Column("episode_id", sa.String(length=64), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("frames", sa.JSON(), nullable=False),
        sa.Column("breadcrumbs", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["error_groups.id"], name=op.f("fk_error_events_group_id_error_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_events")),
    )
    with op.batch_alter_table("error_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_error_events_episode_id"), ["episode_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_events_group_id_at"), ["group_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_events_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_events_show_id"), ["show_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_error_events_user_id"), ["user_id"], unique=False)

    op.create_table(
        "error_hours",
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["error_groups.id"], name=op.f("fk_error_hours_group_id_error_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "hour", name=op.f("pk_error_hours")),
    )
    op.create_table(
        "error_people",
        sa.Column("group_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["error_groups.id"], name=op.f("fk_error_people_group_id_error_groups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_error_people")),
    )


def downgrade() -> None:
    op.drop_table("error_people")
    op.drop_table("error_hours")
    with op.batch_alter_table("error_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_error_events_user_id"))
        batch_op.drop_index(batch_op.f("ix_error_events_show_id"))
        batch_op.drop_index(batch_op.f("ix_error_events_request_id"))
        batch_op.drop_index(batch_op.f("ix_error_events_group_id_at"))
        batch_op.drop_index(batch_op.f("ix_error_events_episode_id"))

    op.drop_table("error_events")
    with op.batch_alter_table("error_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_error_groups_status"))
        batch_op.drop_index(batch_op.f("ix_error_groups_last_seen"))

    op.drop_table("error_groups")
