"""TLS to Debian's PostgreSQL 15: who gets in with which certificate; the embedded server is built without."""

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import struct
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from folders import DEBIAN, make_folder
from stateroom.cli.tls import make
from stateroom.core.certificates import Period, make_authority, make_client, make_server
from stateroom.db import revisions
from stateroom.db.connect import connect, connect_past_pooler
from stateroom.db.credentials import dsn_of, with_login
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.engine_pool import engine_pool
from stateroom.db.pools import app_pool
from stateroom.db.tls import require_private, with_tls
from stateroom.errors import Conflict, DatabaseUnavailable, InvalidInput
from stateroom.settings import Settings

PROGRAMS = DEBIAN / "15" / "bin"
ROLES = ["stateroom_app", "stateroom_engine", "postgres"]
NOW = datetime.now(UTC)
HBA = """
local all all scram-sha-256
hostssl all postgres,stateroom_app,stateroom_engine 127.0.0.1/32 cert clientcert=verify-full
hostnossl all all all reject
"""
SSL = {
    "ssl": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "ssl_ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
}
USES_TLS = "select ssl, version, cipher, client_dn from pg_stat_ssl where pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def certificates():
    """What `stateroom tls init` makes."""
    folder = make_folder("sr-tls-")
    make(folder / "tls", hosts=["localhost"], roles=ROLES, days=1, now=NOW)
    yield folder / "tls"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(certificates):
    """PostgreSQL 15 that lets nobody in without TLS and a certificate; gives its DSN."""
    if not PROGRAMS.joinpath("postgres").exists():
        missing = "postgresql-15 is not installed: apt-get install postgresql-15"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    folder = make_folder("sr-tls-")
    embedded = EmbeddedServer(folder / "server", programs=PROGRAMS, options={"fsync": "off"})
    try:
        info = embedded.start()
        for name in ("server.crt", "server.key", "ca.crt"):
            give(certificates / name, info.data / name)
        asyncio.run(switch_on(info))
        yield info.admin_dsn.replace("127.0.0.1", "localhost")
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


def give(file, place):
    """Copy a file so that the server's account alone can read it."""
    shutil.copy(file, place)
    place.chmod(0o600)
    owner = place.parent.stat()
    os.chown(place, owner.st_uid, owner.st_gid)


async def switch_on(info):
    admin = await connect(info.admin_dsn)
    await admin.execute("create role stateroom_app login; create role stateroom_engine login")
    files = {"ssl_cert_file": "server.crt", "ssl_key_file": "server.key", "ssl_ca_file": "ca.crt"}
    for name, value in {**files, **SSL}.items():
        await admin.execute(f"alter system set {name} = '{value}'")
    info.data.joinpath("pg_hba.conf").write_text(HBA, encoding="utf-8")
    await admin.execute("select pg_reload_conf()")
    await admin.close()


def settings(dsn, certificates, **more):
    values = {
        "app_url": with_login(dsn, "stateroom_app", ""),
        "engine_url": with_login(dsn, "stateroom_engine", ""),
        "database_ssl_mode": "verify-full",
        "database_ssl_cert": f"{certificates}/{{role}}.crt",
        "database_ssl_key": f"{certificates}/{{role}}.key",
        "database_ssl_root_cert": f"{certificates}/ca.crt",
        **more,
    }
    return Settings(_env_file=None, **values)


async def test_every_kind_of_connection_is_encrypted_and_shows_its_certificate(server, certificates):
    chosen = settings(server, certificates)
    app = await app_pool(chosen, 1)
    engine = await engine_pool(chosen, 1)
    direct = await connect_past_pooler(chosen, "app")
    alembics = await revisions._connect(dsn_of(chosen, "app"))
    async with app.acquire() as one, engine.acquire() as other:
        for connection, role in ((one, "app"), (other, "engine"), (direct, "app"), (alembics, "app")):
            found = await connection.fetchrow(USES_TLS)
            assert found["ssl"]
            assert found["version"] == "TLSv1.3"
            assert found["client_dn"] == f"/CN=stateroom_{role}"
    await direct.close()
    await alembics.close()
    await app.close()
    await engine.close()


async def refused(dsn, chosen, why):
    with pytest.raises(DatabaseUnavailable, match=why):
        await connect(with_tls(chosen, with_login(dsn, "stateroom_app", "")))


async def test_who_lacks_the_right_certificate_is_refused(server, certificates, tmp_path):
    authority = make_authority(Period.of_days(1, now=NOW))
    make_client(authority, "stateroom_app", Period.of_days(1, now=NOW)).write(tmp_path, "foreign")
    authority.write(tmp_path, "other_ca")
    foreign = {"database_ssl_cert": f"{tmp_path}/foreign.crt", "database_ssl_key": f"{tmp_path}/foreign.key"}
    someone = {"database_ssl_cert": f"{certificates}/postgres.crt", "database_ssl_key": f"{certificates}/postgres.key"}
    nobody = {"database_ssl_cert": None, "database_ssl_key": None}
    await refused(server, settings(server, certificates, **foreign), "unknown ca|certificate|lost|closed")
    await refused(server, settings(server, certificates, **someone), "certificate authentication failed")
    await refused(server, settings(server, certificates, **nobody), "requires a valid client certificate")
    strange = settings(server, certificates, database_ssl_root_cert=f"{tmp_path}/other_ca.crt")
    await refused(server, strange, "CERTIFICATE_VERIFY_FAILED")
    await refused(server, settings(server, certificates, database_ssl_mode="disable"), "rejects connection|no encrypt")


async def test_a_server_by_another_name_is_refused(server, certificates):
    """The certificate names localhost alone; its address is the same machine."""
    await refused(server.replace("localhost", "127.0.0.1"), settings(server, certificates), "not valid for '127.0.0.1'")


async def test_certificates_end(server, certificates, tmp_path):
    """Both sides look at the time: an expired client is refused by the server, an expired server by the client."""
    loaded = make_expired(certificates, tmp_path)
    chosen = settings(server, certificates, database_ssl_cert=loaded["cert"], database_ssl_key=loaded["key"])
    await refused(server, chosen, "expired|certificate|lost|closed")
    good = settings(server, certificates)
    data = Path(await shown(good, server, "show data_directory"))
    give(tmp_path / "old_server.crt", data / "old.crt")
    give(tmp_path / "old_server.key", data / "old.key")
    admin = await connect(with_tls(good, server))
    try:
        await serve_with(admin, "old")
        await until(lambda: refused(server, good, "certificate has expired"))
    finally:
        await serve_with(admin, "server")
        await admin.close()
        await until(lambda: shown(good, server, "select 1"))


async def serve_with(admin, name):
    await admin.execute(f"alter system set ssl_cert_file = '{name}.crt'")
    await admin.execute(f"alter system set ssl_key_file = '{name}.key'")
    await admin.execute("select pg_reload_conf()")


async def shown(chosen, dsn, query):
    connection = await connect(with_tls(chosen, dsn))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def until(attempt):
    """Try until it holds: the server reads its settings again a moment after it is told to."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(DatabaseUnavailable, pytest.fail.Exception):
                return await attempt()
            await asyncio.sleep(0.01)


def make_expired(certificates, folder):
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from stateroom.core.certificates import Pair

    authority = Pair(
        x509.load_pem_x509_certificate(certificates.joinpath("ca.crt").read_bytes()),
        load_pem_private_key(certificates.joinpath("ca.key").read_bytes(), None),
    )
    past = Period(NOW - timedelta(days=2), NOW - timedelta(days=1))
    make_client(authority, "stateroom_app", past).write(folder, "old")
    make_server(authority, ["localhost"], past).write(folder, "old_server")
    return {"cert": f"{folder}/old.crt", "key": f"{folder}/old.key"}


def handshake(dsn, highest, certificates):
    """Speak to the server as far as TLS goes."""
    from urllib.parse import urlsplit

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificates / "ca.crt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = highest
    context.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", urlsplit(dsn).port), timeout=5) as plain:
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
            return wrapped.version()


def test_old_tls_is_refused(server, certificates):
    assert handshake(server, ssl.TLSVersion.TLSv1_2, certificates) == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(server, ssl.TLSVersion.TLSv1_1, certificates)


def test_init_makes_private_keys_and_overwrites_nothing(certificates):
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in certificates.iterdir()}
    assert modes == {".crt": 0o644, ".key": 0o600}
    before = certificates.joinpath("ca.crt").read_bytes()
    with pytest.raises(Conflict, match=r"ca\.crt is there already"):
        make(certificates, hosts=["localhost"], roles=ROLES, days=1, now=NOW)
    assert certificates.joinpath("ca.crt").read_bytes() == before


@pytest.mark.parametrize("unfit", ["../up", "", "server"])
def test_init_refuses_roles_that_are_no_names(tmp_path, unfit):
    with pytest.raises(InvalidInput):
        make(tmp_path / "tls", hosts=["localhost"], roles=[unfit], days=1, now=NOW)
    assert not tmp_path.joinpath("tls").exists()


def test_keys_that_others_can_read_are_refused(certificates, tmp_path):
    key = Path(shutil.copy(certificates / "stateroom_app.key", tmp_path))
    key.chmod(0o644)
    with pytest.raises(InvalidInput, match="others can read the key") as raised:
        require_private(key)
    assert str(key) in raised.value.hint
    key.chmod(0o600)
    require_private(key)


def test_settings_win_over_what_a_dsn_says(certificates):
    chosen = settings("postgresql://postgres@localhost/x", certificates)
    found = with_tls(chosen, "postgresql://stateroom_app:p%20w@host:1/db?sslmode=disable&application_name=a")
    assert found.startswith("postgresql://stateroom_app:p%20w@host:1/db?application_name=a&sslmode=verify-full&")
    assert f"sslcert={certificates}/stateroom_app.crt" in found
    missing = settings("postgresql://postgres@localhost/x", certificates, database_ssl_cert="/nowhere/{role}.crt")
    with pytest.raises(InvalidInput, match="STATEROOM_DATABASE_SSL_CERT"):
        with_tls(missing, "postgresql://stateroom_app@host/db")
    assert with_tls(Settings(_env_file=None), "postgresql://a@b/c") == "postgresql://a@b/c"
