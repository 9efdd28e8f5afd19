"""Fingerprints of pieces, with which new ones are compared."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes their table; pieces that are there already have none."""
    op.create_table(
        "fingerprints",
        sa.Column("piece_id", sa.String(12), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("piece_id", name="pk_fingerprints"),
        sa.ForeignKeyConstraint(
            ["piece_id"], ["pieces.id"], name="fk_fingerprints_piece_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("fingerprints")
