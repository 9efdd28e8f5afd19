"""Requests made in chat, the reactions under their messages, and servers' settings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COUNTERS = sa.table("counters", sa.column("name", sa.String), sa.column("last", sa.Integer))


def upgrade() -> None:
    """Makes the tables that the bot needs."""
    op.bulk_insert(COUNTERS, [{"name": "turns", "last": 0}])
    op.create_table(
        "messages",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("piece_id", sa.String(12), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("task", sa.JSON(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_turn", sa.Integer(), nullable=False),
        sa.Column("is_partly_erased", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("message_id", name="uq_messages_message_id"),
    )
    op.create_index("ix_messages_piece_id", "messages", ["piece_id"])
    op.create_index("ix_messages_user_id", "messages", ["user_id", "state"])
    op.create_index("ix_messages_guild_id", "messages", ["guild_id", "state"])
    op.create_index("ix_messages_state", "messages", ["state", "changed_at"])
    op.create_table(
        "reactions",
        sa.Column("request_id", sa.String(12), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("is_heard", sa.Boolean(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "user_id", "value", name="pk_reactions"),
        sa.ForeignKeyConstraint(["request_id"], ["messages.id"], name="fk_reactions_request_id"),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name="ck_reactions_value"),
    )
    op.create_index("ix_reactions_user_id", "reactions", ["user_id"])
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("default_style", sa.Text(), nullable=True),
        sa.Column("default_length_seconds", sa.Double(), nullable=True),
        sa.Column("channel_ids", sa.JSON(), nullable=True),
        sa.Column("user_limit", sa.Integer(), nullable=True),
        sa.Column("is_voting_on", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guild_settings"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("guild_settings")
    op.drop_table("reactions")
    op.drop_table("messages")
    op.execute(COUNTERS.delete().where(COUNTERS.c.name == "turns"))
