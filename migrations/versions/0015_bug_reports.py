"""bug reports

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bug_reports",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error_code", sa.String(length=60), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("show_id", sa.String(length=40), nullable=True),
        sa.Column("episode_id", sa.String(length=40), nullable=True),
        sa.Column("operation_id", sa.String(length=40), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_bug_reports_account_id_accounts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bug_reports")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bug_reports_fingerprint")),
    )
    with op.batch_alter_table("bug_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bug_reports_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bug_reports_last_at"), ["last_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bug_reports_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bug_reports_state_last_at"), ["state", "last_at"], unique=False)

    op.create_table(
        "bug_report_entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.String(length=100), nullable=True),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("episode_id", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_bug_report_entries_account_id_accounts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["bug_reports.id"],
            name=op.f("fk_bug_report_entries_report_id_bug_reports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bug_report_entries")),
    )
    with op.batch_alter_table("bug_report_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bug_report_entries_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bug_report_entries_report_id_id"), ["report_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bug_report_entries_request_id"), ["request_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("bug_report_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bug_report_entries_request_id"))
        batch_op.drop_index(batch_op.f("ix_bug_report_entries_report_id_id"))
        batch_op.drop_index(batch_op.f("ix_bug_report_entries_account_id"))

    op.drop_table("bug_report_entries")
    with op.batch_alter_table("bug_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bug_reports_state_last_at"))
        batch_op.drop_index(batch_op.f("ix_bug_reports_request_id"))
        batch_op.drop_index(batch_op.f("ix_bug_reports_last_at"))
        batch_op.drop_index(batch_op.f("ix_bug_reports_account_id"))

    op.drop_table("bug_reports")
