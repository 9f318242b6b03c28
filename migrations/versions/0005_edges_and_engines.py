"""where a request to the intern ends, as a person says; who writes out words and who speaks, by show and by episode

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("intern_commands", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keyword_end_ms", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("end_chosen", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Where the keyword ends was not kept until now; looking through the recording again finds it.
    op.execute("UPDATE intern_commands SET keyword_end_ms = start_ms")
    with op.batch_alter_table("intern_commands", schema=None) as batch_op:
        batch_op.alter_column("keyword_end_ms", server_default=None)
        batch_op.alter_column("end_chosen", server_default=None)
    for table in ("shows", "episodes"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("transcriber", sa.String(length=20), nullable=True))
            batch_op.add_column(sa.Column("voice", sa.String(length=100), nullable=True))


def downgrade() -> None:
    for table in ("episodes", "shows"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("voice")
            batch_op.drop_column("transcriber")
    with op.batch_alter_table("intern_commands", schema=None) as batch_op:
        batch_op.drop_column("end_chosen")
        batch_op.drop_column("keyword_end_ms")
