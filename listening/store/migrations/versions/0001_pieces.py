"""Pieces, and the counter that numbers them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the first tables."""
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": "pieces", "last": 0}])
    op.create_table(
        "pieces",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("style", sa.Text(), nullable=True),
        sa.Column("checkpoint", sa.String(64), nullable=False),
        sa.Column("sampler", sa.String(16), nullable=False),
        sa.Column("midi_sha256", sa.String(64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("midi", sa.LargeBinary(), nullable=False),
        sa.Column("primer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pieces"),
        sa.UniqueConstraint("number", name="uq_pieces_number"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("pieces")
    op.drop_table("counters")
