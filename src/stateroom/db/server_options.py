"""The embedded server's settings: modest shares of this machine's memory, and what the schema needs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
CGROUP_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")

FIXED: Final[Mapping[str, str]] = {
    "cluster_name": "stateroom",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    # partitions are locked one by one, and dropping the schema locks them all
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "track_io_timing": "on",
    "log_lock_waits": "on",
    # one file per weekday, which is emptied when its day comes again
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


def options(*, memory: int, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the settings for a machine with this many bytes of memory; the overrides win."""
    mebibytes = memory // MIB
    return {
        **FIXED,
        "shared_buffers": f"{_between(32, mebibytes // 32, 512)}MB",
        "effective_cache_size": f"{_between(128, mebibytes // 2, 64 * 1024)}MB",
        "work_mem": f"{_between(4, mebibytes // 1024, 16)}MB",
        "maintenance_work_mem": f"{_between(32, mebibytes // 64, 256)}MB",
        **overrides,
    }


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def machine_memory(limit_file: Path = CGROUP_LIMIT) -> int:
    """Return the bytes of memory that this machine, or the container around us, has."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = limit_file.read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(limit)) if limit.isdigit() else physical
