"""The people that the API acts for."""

from typing import cast
from uuid import UUID

from stateroom.db.pools import Caller, Pool, as_user
from stateroom.errors import NotReady

NOBODY = UUID(int=0)

LOCAL_USER = "select id from stateroom.users where lower(username) = 'local' and is_active"


async def local_user(pool: Pool) -> UUID:
    """Return the id of the user `local`, who owns everything until there is sign-in.

    Raises:
        NotReady: the database was never set up, or the user was deactivated.
    """
    async with as_user(pool, Caller(NOBODY, "admin"), read_only=True) as connection:
        found = cast("UUID | None", await connection.fetchval(LOCAL_USER))
    if found is None:
        raise NotReady("the user local does not exist", hint="Run `stateroom db init`.")
    return found
