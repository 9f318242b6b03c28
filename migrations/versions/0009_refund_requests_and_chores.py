"""people ask for a charge back, an admin decides; and how far the house's chores have come

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chores",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_for", sa.String(length=10), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
    op.create_table(
        "credit_refund_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("charge_id", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("amount_mc", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["credit_entries.id"], name=op.f("fk_credit_refund_requests_charge_id_credit_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_refund_requests")),
    )
    with op.batch_alter_table("credit_refund_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_refund_requests_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_refund_requests_charge_id"), ["charge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_refund_requests_decided_at"), ["decided_at"], unique=False)
        batch_op.create_index(
            "uq_credit_refund_requests_undecided",
            ["account_id", "charge_id"],
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("credit_refund_requests", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_credit_refund_requests_undecided",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_credit_refund_requests_decided_at"))
        batch_op.drop_index(batch_op.f("ix_credit_refund_requests_charge_id"))
        batch_op.drop_index(batch_op.f("ix_credit_refund_requests_account_id"))

    op.drop_table("credit_refund_requests")
    op.drop_table("chores")
