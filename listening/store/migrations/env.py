"""What Alembic runs to migrate the open connection that `listening.store.migration` hands it."""

from alembic import context

from listening.store.migration import REVISION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    render_as_batch=True,
    version_table=REVISION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
