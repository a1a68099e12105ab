"""What every model is made of: the schema, how Python's types are stored, and the columns that tables share.

Models are the typed face of tables that plain SQL revisions make; tests/db/test_models.py keeps the two equal.

    class Thing(Base):
        __tablename__ = "things"

        id: Mapped[Key]
        project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
        title: Mapped[str] = mapped_column(info=length(1, 255))       # CHECK (char_length(title) between 1 and 255)
        state: Mapped[Given[ThingState]]                              # a native enum; the database has a default
        note: Mapped[str | None]
        created_at: Mapped[CreatedAt]
        updated_at: Mapped[UpdatedAt]
        created_by: Mapped[CreatedBy]
        updated_by: Mapped[UpdatedBy]
"""

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Double, FetchedValue, MetaData, Numeric, SmallInteger, Text, event
from sqlalchemy.dialects.postgresql import ENUM, JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, TypeResolve, mapped_column
from sqlalchemy.types import TypeEngine, UserDefinedType

SCHEMA: Final = "stateroom"
T = TypeVar("T")

Object: TypeAlias = dict[str, Any]
"""A JSON object. `Any` is right: what stands in it is the user's own."""


class Xid8(UserDefinedType[int]):
    """The number of a transaction, which never comes round again."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Return PostgreSQL's name of it."""
        del kw
        return "xid8"


class Base(DeclarativeBase):
    """The parent of all models."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
        },
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        float: Double,
        Decimal: Numeric,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
        object: JSONB(none_as_null=True),
        list[str]: ARRAY(Text),
    }


@event.listens_for(Base, "resolve_type_annotation")
def enum_of(resolve: TypeResolve) -> TypeEngine[Any] | None:
    """Store a StrEnum as the native enum of its name: TaskKind is stateroom.task_kind."""
    words = resolve.resolved_type
    return native(words) if isinstance(words, type) and issubclass(words, StrEnum) else None


def native(words: type[StrEnum]) -> ENUM:
    """Return the database's enum of a Python one; the revisions make it."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", words.__name__).lower()
    return ENUM(words, name=name, schema=SCHEMA, create_type=False, values_callable=_values)


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def length(least: int, most: int) -> dict[str, tuple[int, int]]:
    """Say how long a text may be, for `mapped_column(info=…)`; a test compares it with the column's CHECK."""
    return {"length": (least, most)}


# Columns that many tables have. `Given`: the database fills it in when a statement does not.
STAMPED: Final = {"stamped": True}  # by the trigger `touch`, not by a default
Key: TypeAlias = Annotated[UUID, mapped_column(primary_key=True, server_default=FetchedValue())]
MintedKey: TypeAlias = Annotated[UUID, mapped_column(primary_key=True)]
Given: TypeAlias = Annotated[T, mapped_column(server_default=FetchedValue())]
Filled: TypeAlias = Annotated[T, mapped_column(server_default=FetchedValue(), info={"stamped": True})]  # by a trigger
Small: TypeAlias = Annotated[int, mapped_column(SmallInteger)]
GivenSmall: TypeAlias = Annotated[int, mapped_column(SmallInteger, server_default=FetchedValue())]
Big: TypeAlias = Annotated[int, mapped_column(BigInteger)]
XidValue: TypeAlias = Annotated[int, mapped_column(Xid8)]
Xid: TypeAlias = Annotated[int, mapped_column(Xid8, server_default=FetchedValue())]
Generated: TypeAlias = Annotated[T, mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())]
GeneratedBig: TypeAlias = Annotated[
    int, mapped_column(BigInteger, server_default=FetchedValue(), server_onupdate=FetchedValue())
]
SearchVector: TypeAlias = Annotated[
    str, mapped_column(TSVECTOR, server_default=FetchedValue(), server_onupdate=FetchedValue(), deferred=True)
]
CreatedAt: TypeAlias = Annotated[datetime, mapped_column(server_default=FetchedValue())]
UpdatedAt: TypeAlias = Annotated[datetime, mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())]
CreatedBy: TypeAlias = Annotated[UUID | None, mapped_column(server_default=FetchedValue(), info=STAMPED)]
UpdatedBy: TypeAlias = Annotated[
    UUID | None, mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue(), info=STAMPED)
]
