"""How the tables came to be as they are: each change a file, applied once, in order; expand first, contract later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from bot.store.values import DatabaseUnusable

LOCK = 7_306_520_411  # PostgreSQL's advisory lock under which one replica migrates at a time
VERSION_TABLE = "readiness_version"


def scripts() -> ScriptDirectory:
    """The changes that this program knows."""
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    return ScriptDirectory.from_config(config)


def upgrade(connection: sa.Connection) -> None:
    """Apply what is missing, within the caller's transaction."""
    known = scripts()
    found = revision(connection)
    if found == known.get_current_head():
        return
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise DatabaseUnusable(
            f"The database was changed by a newer version of this program (its tables are at {found}). "
            "Nothing was changed. Start that version, or restore a copy from before it."
        )
    config = Config()
    with EnvironmentContext(config, known, fn=lambda rev, _: known._upgrade_revs("head", rev)) as context:
        context.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=False)
        context.run_migrations()


def revision(connection: sa.Connection) -> str | None:
    """Where the database's tables stand; None when there are none."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 # a constant
    return found
