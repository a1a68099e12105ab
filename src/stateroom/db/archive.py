"""Partitions in files: compressed CSV beside a manifest with its checksum, written before they go and loaded back."""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self, cast
from uuid import UUID

from asyncpg.connection import Connection
from pydantic import TypeAdapter, ValidationError

from stateroom.core.private_files import write_private
from stateroom.db.migrate import current_revision
from stateroom.errors import Conflict, InvalidInput, NotFound

CHUNK_BYTES: Final = 1 << 20
GZIP_WINDOW: Final = 31
COLUMNS: Final = """
select array_agg(a.attname::text order by a.attnum) from pg_attribute a
where a.attrelid = to_regclass('stateroom.' || quote_ident($1)) and a.attnum > 0 and not a.attisdropped
  and a.attgenerated = ''"""
BOUNDS: Final = """
select p.table_name, b.low, b.high
from stateroom.partition_policies p cross join stateroom.partition_bounds(p.table_name) b
where b.name = $1 and to_regclass('stateroom.' || quote_ident(p.table_name)) is not null"""
REMEMBER: Final = """
insert into stateroom.partition_archives as a
  (partition_name, table_name, low, high, row_count, size_bytes, sha256, location)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (partition_name) do update set row_count = excluded.row_count, size_bytes = excluded.size_bytes,
  sha256 = excluded.sha256, location = excluded.location, archived_at = stateroom.now()"""
KEEP: Final = """
insert into stateroom.partition_archives as a
  (partition_name, table_name, low, high, row_count, size_bytes, sha256, location, loaded_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, stateroom.now() + $9 * interval '1 day')
on conflict (partition_name) do update set loaded_until = excluded.loaded_until"""
# Names as DDL and column lists take no parameters: they are quoted by the server.
STAGING: Final = """
select format('create temporary table archived_rows on commit drop as select %s from stateroom.%I with no data',
    string_agg(quote_ident(c), ', '), $1::text),
  format('insert into stateroom.%I (%s) select %s from archived_rows on conflict (id) do nothing', $1::text,
    string_agg(quote_ident(c), ', '), string_agg(quote_ident(c), ', '))
from unnest($2::text[]) c"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in an archive, and how to know that it is whole."""

    partition: str
    table: str
    low: UUID
    high: UUID
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str
    revision: str
    archived_at: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the manifest of an archive.

        Raises:
            NotFound: there is no such file.
            InvalidInput: it is no manifest.
        """
        try:
            return TypeAdapter(cls).validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise NotFound(f"there is no archive {path}", hint="Name the .json file of an archive.") from error
        except ValidationError as error:
            raise InvalidInput(f"{path} is no manifest of an archive: {error}") from error

    def save(self, path: Path) -> None:
        """Write it where only its owner may read."""
        write_private(path, json.dumps(asdict(self), indent=2, default=str) + "\n")


class _Packed:
    """A compressed file that is hashed while it is written, and stands under its name when it is whole."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._partial = path.with_suffix(".partial")
        self._digest = hashlib.sha256()
        self._packer = zlib.compressobj(wbits=GZIP_WINDOW)
        self._file = self._partial.open("wb")
        self._partial.chmod(0o600)
        self.bytes = 0

    async def write(self, data: bytes) -> None:
        """Take what the server sends."""
        self._append(self._packer.compress(data))

    def finish(self) -> str:
        """Give the file its name; return its checksum."""
        self._append(self._packer.flush())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.replace(self._path)
        return self._digest.hexdigest()

    def _append(self, packed: bytes) -> None:
        self._digest.update(packed)
        self.bytes += len(packed)
        self._file.write(packed)


async def archive_partition(connection: Connection, partition: str, folder: Path) -> Manifest:
    """Write one partition to `<folder>/<partition>.csv.gz`, and its manifest beside it; an older archive is replaced.

    Raises:
        NotFound: it is no partition of a big table, or one without an end.
    """
    row = await connection.fetchrow(BOUNDS, partition)
    if row is None or row["low"] is None or row["high"] is None:
        raise NotFound(
            f"{partition} is no partition with a beginning and an end",
            hint="`stateroom db upkeep --job partitions --dry-run` names those that are to be archived.",
        )
    columns = tuple(cast("list[str]", await connection.fetchval(COLUMNS, partition)))
    path = folder / f"{partition}.csv.gz"
    packed = _Packed(path)
    said = await connection.copy_from_table(
        partition, schema_name="stateroom", columns=columns, format="csv", output=packed.write
    )
    sha256 = packed.finish()
    manifest = Manifest(
        partition=partition,
        table=row["table_name"],
        low=row["low"],
        high=row["high"],
        columns=columns,
        rows=int(said.split()[-1]),
        bytes=packed.bytes,
        sha256=sha256,
        revision=await current_revision(connection),
        archived_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    manifest.save(path.with_name(f"{partition}.json"))
    await connection.execute(REMEMBER, *_values(manifest, path))
    return manifest


def _values(manifest: Manifest, path: Path) -> tuple[object, ...]:
    return (
        manifest.partition,
        manifest.table,
        manifest.low,
        manifest.high,
        manifest.rows,
        manifest.bytes,
        manifest.sha256,
        str(path.resolve()),
    )


async def load_archive(connection: Connection, path: Path, *, keep_days: int = 7) -> tuple[Manifest, int]:
    """Put the rows of an archive back into their table, for so many days; return how many were not there.

    They stand in the partition of their time, or in `_past` when that is gone, and all that reads the table sees them.

    Args:
        connection: of stateroom_maintenance.
        path: of the manifest; the data lies beside it.
        keep_days: after these, retention takes them again.

    Raises:
        NotFound: there is no such archive.
        InvalidInput: it is damaged, or not one.
        Conflict: the table has lost a column that the archive has.
    """
    manifest = Manifest.read(path)
    data = path.with_name(f"{manifest.partition}.csv.gz")
    _require_whole(manifest, data)
    columns = await connection.fetchval(COLUMNS, manifest.table)
    missing = sorted(set(manifest.columns) - set(columns or ()))
    if missing:
        raise Conflict(
            f"stateroom.{manifest.table} has no columns {', '.join(missing)}, which {path.name} has",
            hint=f"Load it at revision {manifest.revision}.",
        )
    async with connection.transaction():
        make, move = cast("tuple[str, str]", await connection.fetchrow(STAGING, manifest.table, list(manifest.columns)))
        await connection.execute(make)
        await connection.copy_to_table("archived_rows", columns=manifest.columns, format="csv", source=_unpacked(data))
        said = await connection.execute(move)
        await connection.execute(KEEP, *_values(manifest, data), keep_days)
    return manifest, int(said.split()[-1])


def _require_whole(manifest: Manifest, data: Path) -> None:
    if not data.exists():
        raise NotFound(f"{data} is missing", hint="It lies beside its manifest.")
    with data.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != manifest.sha256:
        raise InvalidInput(f"{data} is damaged: its SHA-256 is {found}, and not {manifest.sha256}")


async def _unpacked(data: Path) -> AsyncGenerator[bytes]:
    with gzip.open(data, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
