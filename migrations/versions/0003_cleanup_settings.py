"""house sounds, covered words, clean-up settings of a show, what the intern was asked, names of speakers

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is in it is made again when it is wanted: the same samples, and so the same stored bytes.
    op.drop_table("house_music")
    op.create_table(
        "house_sounds",
        sa.Column("asset", sa.String(length=40), nullable=False),
        *_facts(),
        sa.PrimaryKeyConstraint("asset", name=op.f("pk_house_sounds")),
    )
    with op.batch_alter_table("edit_lists", schema=None) as batch_op:
        batch_op.alter_column("cuts_digest", new_column_name="heard_digest")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cover", sa.String(length=10), nullable=True))
    with op.batch_alter_table("shows", schema=None) as batch_op:
        # What is not named in it keeps its default.
        batch_op.add_column(sa.Column("cleanup", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("shows", schema=None) as batch_op:
        batch_op.alter_column("cleanup", server_default=None)
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        batch_op.alter_column("text", server_default=None)
    with op.batch_alter_table("episodes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("speaker_names", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("episodes", schema=None) as batch_op:
        batch_op.alter_column("speaker_names", server_default=None)
    op.create_table(
        "intern_commands",
        sa.Column("episode_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("answer_at_ms", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("other_ends_ms", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=True),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("draft_id", sa.String(length=40), nullable=True),
        sa.Column("noted", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["episode_id"],
            ["episodes.id"],
            name=op.f("fk_intern_commands_episode_id_episodes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("episode_id", "id", name=op.f("pk_intern_commands")),
    )


def downgrade() -> None:
    op.drop_table("intern_commands")
    with op.batch_alter_table("episodes", schema=None) as batch_op:
        batch_op.drop_column("speaker_names")
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        batch_op.drop_column("text")
    with op.batch_alter_table("shows", schema=None) as batch_op:
        batch_op.drop_column("cleanup")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_column("cover")
    with op.batch_alter_table("edit_lists", schema=None) as batch_op:
        batch_op.alter_column("heard_digest", new_column_name="cuts_digest")
    op.drop_table("house_sounds")
    op.create_table(
        "house_music",
        sa.Column("name", sa.String(length=40), nullable=False),
        *_facts(),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_music")),
    )


def _facts() -> list[sa.Column]:
    return [
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("sample_rate", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("loudness_lufs", sa.Double(), nullable=True),
    ]
