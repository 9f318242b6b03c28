"""when a spoken clip says each of its words

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        # What was spoken before tells no times; its words are placed by their length, as they were.
        batch_op.add_column(sa.Column("word_spans", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        batch_op.alter_column("word_spans", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("spoken_clips", schema=None) as batch_op:
        batch_op.drop_column("word_spans")
