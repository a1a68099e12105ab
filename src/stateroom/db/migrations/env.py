"""Run by Alembic: revisions over the connection that `db/revisions.py` hands over."""

from alembic import context

from stateroom.db import revisions

revisions.run(context)
