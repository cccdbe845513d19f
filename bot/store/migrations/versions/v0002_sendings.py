"""How often the sending of a message was begun: who was taken for dead must not undo what another one does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("posts", sa.Column("sendings", sa.Integer, nullable=False, server_default="0"))
