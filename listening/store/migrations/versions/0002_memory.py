"""The name of the memory itself, to which workers' answers are addressed."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Names the memory, once and at random: copies aside, no two have the same name."""
    memory = op.create_table(
        "memory",
        sa.Column("name", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_memory"),
    )
    op.bulk_insert(memory, [{"name": secrets.token_hex(8)}])


def downgrade() -> None:
    """Forgets it."""
    op.drop_table("memory")
