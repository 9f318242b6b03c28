"""credits: an append-only ledger, grants, holds, tiers and rates

Revision: 0007, after 0006
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("credit_entries", "credit_postings", "credit_rate_cards", "credit_price_changes")


def upgrade() -> None:
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.String(length=120), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("amount_mc", sa.BigInteger(), nullable=False),
        sa.Column("available_change_mc", sa.BigInteger(), nullable=False),
        sa.Column("held_change_mc", sa.BigInteger(), nullable=False),
        sa.Column("parameters", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("draws", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=True),
        sa.Column("rate_card_version", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(length=500), nullable=False),
        sa.Column("episode_id", sa.String(length=40), nullable=True),
        sa.Column("refers_to", sa.String(length=40), nullable=True),
        sa.Column("minutes_thousandths", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint(
            "account_id",
            "operation_id",
            "act",
            "round",
            name=op.f("uq_credit_entries_account_id_operation_id_act_round"),
        ),
        sa.UniqueConstraint("account_id", "sequence", name=op.f("uq_credit_entries_account_id_sequence")),
    )
    with op.batch_alter_table("credit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_credit_entries_account_happened", ["account_id", "happened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_entries_episode_id"), ["episode_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_entries_refers_to"), ["refers_to"], unique=False)

    op.create_table(
        "credit_grants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_mc", sa.BigInteger(), nullable=False),
        sa.Column("remaining_mc", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notes", sa.String(length=200), nullable=False),
        sa.CheckConstraint("remaining_mc >= 0 AND remaining_mc <= amount_mc", name=op.f("ck_credit_grants_remaining")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_grants")),
    )
    with op.batch_alter_table("credit_grants", schema=None) as batch_op:
        batch_op.create_index("ix_credit_grants_account_id", ["account_id"], unique=False)
        batch_op.create_index(
            "ix_credit_grants_left",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("remaining_mc > 0"),
            postgresql_where=sa.text("remaining_mc > 0"),
        )

    op.create_table(
        "credit_holds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("operation_id", sa.String(length=120), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("amount_mc", sa.BigInteger(), nullable=False),
        sa.Column("draws", sa.Text(), nullable=False),
        sa.Column("parameters", sa.String(length=64), nullable=False),
        sa.Column("rate_card_version", sa.Integer(), nullable=False),
        sa.Column("tier_id", sa.String(length=40), nullable=False),
        sa.Column("episode_id", sa.String(length=40), nullable=True),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("absorbed_mc", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_holds")),
        sa.UniqueConstraint(
            "account_id", "operation_id", "round", name=op.f("uq_credit_holds_account_id_operation_id_round")
        ),
    )
    with op.batch_alter_table("credit_holds", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_holds_due",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            "ix_credit_holds_open",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "credit_price_changes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("old", sa.JSON(), nullable=True),
        sa.Column("new", sa.JSON(), nullable=True),
        sa.Column("rate_card_version", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_price_changes")),
    )
    with op.batch_alter_table("credit_price_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_price_changes_subject"), ["subject"], unique=False)

    op.create_table(
        "credit_rate_cards",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_credit_rate_cards")),
    )
    op.create_table(
        "credit_storage_dues",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("due_mc", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("due_mc > 0", name=op.f("ck_credit_storage_dues_due")),
        sa.PrimaryKeyConstraint("account_id", "month", name=op.f("pk_credit_storage_dues")),
    )
    op.create_table(
        "credit_storage_samples",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_credit_storage_samples")),
    )
    op.create_table(
        "credit_tiers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("monthly_mc", sa.BigInteger(), nullable=True),
        sa.Column("months", sa.String(length=20), nullable=False),
        sa.Column("rollover_basis_points", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("monthly_mc >= 0", name=op.f("ck_credit_tiers_monthly")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_tiers")),
    )
    op.create_table(
        "credit_unbilled",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("operation_id", sa.String(length=120), nullable=False),
        sa.Column("work", sa.JSON(), nullable=False),
        sa.Column("episode_id", sa.String(length=40), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("billed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "operation_id", name=op.f("pk_credit_unbilled")),
    )
    with op.batch_alter_table("credit_unbilled", schema=None) as batch_op:
        batch_op.create_index(
            "ix_credit_unbilled_open",
            ["noted_at"],
            unique=False,
            sqlite_where=sa.text("billed_at IS NULL"),
            postgresql_where=sa.text("billed_at IS NULL"),
        )

    op.create_table(
        "credit_postings",
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("pot", sa.String(length=80), nullable=False),
        sa.Column("amount_mc", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_postings_entry_id_credit_entries")
        ),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_credit_postings")),
    )
    with op.batch_alter_table("credit_postings", schema=None) as batch_op:
        batch_op.create_index("ix_credit_postings_account_pot", ["account_id", "pot"], unique=False)

    op.create_table(
        "credit_wallets",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("tier_id", sa.String(length=40), nullable=False),
        sa.Column("next_tier_id", sa.String(length=40), nullable=True),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_mc", sa.BigInteger(), nullable=False),
        sa.Column("held_mc", sa.BigInteger(), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("head_digest", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("available_mc >= 0", name=op.f("ck_credit_wallets_available")),
        sa.CheckConstraint("held_mc >= 0", name=op.f("ck_credit_wallets_held")),
        sa.ForeignKeyConstraint(
            ["next_tier_id"], ["credit_tiers.id"], name=op.f("fk_credit_wallets_next_tier_id_credit_tiers")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["credit_tiers.id"], name=op.f("fk_credit_wallets_tier_id_credit_tiers")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_credit_wallets")),
    )
    with op.batch_alter_table("credit_wallets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_wallets_period_end"), ["period_end"], unique=False)

    for table in _APPEND_ONLY:
        _refuse_changes(table)
    _give_defaults()


def downgrade() -> None:
    with op.batch_alter_table("credit_wallets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_wallets_period_end"))

    op.drop_table("credit_wallets")
    with op.batch_alter_table("credit_postings", schema=None) as batch_op:
        batch_op.drop_index("ix_credit_postings_account_pot")

    op.drop_table("credit_postings")
    with op.batch_alter_table("credit_unbilled", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_credit_unbilled_open",
            sqlite_where=sa.text("billed_at IS NULL"),
            postgresql_where=sa.text("billed_at IS NULL"),
        )

    op.drop_table("credit_unbilled")
    op.drop_table("credit_tiers")
    op.drop_table("credit_storage_samples")
    op.drop_table("credit_storage_dues")
    op.drop_table("credit_rate_cards")
    with op.batch_alter_table("credit_price_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_price_changes_subject"))

    op.drop_table("credit_price_changes")
    with op.batch_alter_table("credit_holds", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_credit_holds_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index(
            "ix_credit_holds_due", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )

    op.drop_table("credit_holds")
    with op.batch_alter_table("credit_grants", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_credit_grants_left",
            sqlite_where=sa.text("remaining_mc > 0"),
            postgresql_where=sa.text("remaining_mc > 0"),
        )
        batch_op.drop_index("ix_credit_grants_account_id")

    op.drop_table("credit_grants")
    with op.batch_alter_table("credit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_entries_refers_to"))
        batch_op.drop_index(batch_op.f("ix_credit_entries_episode_id"))
        batch_op.drop_index("ix_credit_entries_account_happened")

    op.drop_table("credit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION credits_are_append_only()")


def _refuse_changes(table: str) -> None:
    """The database itself refuses what the ledger never does. A copy of such a table needs its triggers made again."""
    if op.get_bind().dialect.name == "postgresql":
        if table == _APPEND_ONLY[0]:
            op.execute(
                "CREATE FUNCTION credits_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only: % of %', TG_OP, TG_TABLE_NAME; END $$"
            )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION credits_are_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION credits_are_append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {act} of {table}'); END"
        )


def _give_defaults() -> None:
    """What a fresh install has; from then on an admin changes it."""
    tiers = sa.table(
        "credit_tiers",
        sa.column("id", sa.String),
        sa.column("name", sa.String),
        sa.column("monthly_mc", sa.BigInteger),
        sa.column("months", sa.String),
        sa.column("rollover_basis_points", sa.Integer),
        sa.column("position", sa.Integer),
    )
    rows = (
        ("free", "Free", 90_000, "calendar"),
        ("creator", "Creator", 450_000, "anniversary"),
        ("pro", "Pro", 1_500_000, "anniversary"),
        ("unlimited", "Unlimited", None, "calendar"),
    )
    op.bulk_insert(
        tiers,
        [
            {
                "id": id_,
                "name": name,
                "monthly_mc": monthly_mc,
                "months": months,
                "rollover_basis_points": 0,
                "position": position,
            }
            for position, (id_, name, monthly_mc, months) in enumerate(rows)
        ],
    )
    cards = sa.table(
        "credit_rate_cards",
        sa.column("version", sa.Integer),
        sa.column("rates", sa.JSON),
        sa.column("made_at", sa.DateTime(timezone=True)),
    )
    rates = {
        "transcription_mc_per_minute": 1_500,
        "speech_mc_per_minute": 1_500,
        "assembly_mc": 5_000,
        "assembly_mc_per_minute": 500,
        "storage_mc_per_gb_month": 2_000,
        "auphonic_mc_per_minute": 1_500,
        "legacy_mc_per_minute": 1_500,
        "auphonic_thousandths": 2_000,
        "elevenlabs_thousandths": 3_000,
        "local_thousandths": 1_000,
    }
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    op.bulk_insert(cards, [{"version": 1, "rates": {"rates": rates, "by_tier": {}}, "made_at": made_at}])
