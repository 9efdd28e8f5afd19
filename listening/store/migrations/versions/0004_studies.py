"""Studies: their excerpts, their listeners, and what those were asked and answered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables that listening studies need."""
    op.create_table(
        "human_excerpts",
        sa.Column("midi_sha256", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("midi", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("midi_sha256", name="pk_human_excerpts"),
    )
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("design_sha256", sa.String(64), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_studies"),
        sa.UniqueConstraint("name", name="uq_studies_name"),
    )
    op.create_table(
        "study_excerpts",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("piece_id", sa.String(12), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("audio_format", sa.String(8), nullable=False),
        sa.Column("midi", sa.LargeBinary(), nullable=True),
        sa.Column("audio", sa.LargeBinary(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_study_excerpts"),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name="fk_study_excerpts_study_id"),
    )
    op.create_index("ix_study_excerpts_study_id", "study_excerpts", ["study_id"])
    op.create_index("ix_study_excerpts_piece_id", "study_excerpts", ["piece_id"])
    op.create_table(
        "study_listeners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_study_listeners"),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name="fk_study_listeners_study_id"),
        sa.UniqueConstraint("study_id", "user_id", name="uq_study_listeners_study_id"),
    )
    op.create_index("ix_study_listeners_user_id", "study_listeners", ["user_id"])
    op.create_table(
        "study_questions",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("listener_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("first_id", sa.String(12), nullable=False),
        sa.Column("second_id", sa.String(12), nullable=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(16), nullable=True),
        sa.Column("left_out", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_study_questions"),
        sa.ForeignKeyConstraint(
            ["listener_id"], ["study_listeners.id"], name="fk_study_questions_listener_id"
        ),
        sa.ForeignKeyConstraint(["first_id"], ["study_excerpts.id"], name="fk_study_questions_first_id"),
        sa.ForeignKeyConstraint(["second_id"], ["study_excerpts.id"], name="fk_study_questions_second_id"),
        sa.UniqueConstraint("listener_id", "kind", "place", name="uq_study_questions_listener_id"),
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("study_questions", "study_listeners", "study_excerpts", "studies", "human_excerpts"):
        op.drop_table(table)
