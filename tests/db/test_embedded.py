"""The embedded server: made, found, attached to, recovered, and clear about what is in its way."""

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path

import asyncpg
import psutil
import pytest

from stateroom.db import embedded, server_account, server_process, server_programs
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.server_account import Account
from stateroom.db.server_home import Home
from stateroom.db.server_programs import Programs
from stateroom.errors import DatabaseUnavailable, EmbeddedServerError

pytestmark = [pytest.mark.process, pytest.mark.full]
ROOT = os.geteuid() == 0

STARTER = """
import sys
import time
import traceback
import warnings
from pathlib import Path
from stateroom.db.embedded import EmbeddedServer
info = EmbeddedServer(Path(sys.argv[1])).start(detach=sys.argv[2] == "detach")
print(info.pid, info.started, flush=True)
if sys.argv[2] != "detach":
    sys.stdin.read()
"""


def ask(info, statement):
    async def main():
        connection = await asyncpg.connect(info.admin_dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(main())


def starter(home, how):
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(home), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_gone(pid, seconds=20):
    try:
        psutil.Process(pid).wait(seconds)
    except psutil.NoSuchProcess:
        return


def kill(pid):
    """Kill a child and wait until it is dead, but leave it to the server object to take note of that."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def wait_busy(pid):
    while psutil.Process(pid).cpu_times().user < 0.05:
        time.sleep(0.01)


def fill(file):
    with file.open("wb", buffering=0) as target:
        while True:
            target.write(b"x" * 65536)


@pytest.fixture
def server(server_home):
    return EmbeddedServer(server_home)


def test_starts_with_sane_settings(server):
    info = server.start()
    assert info.started
    assert ask(info, "select version()").startswith("PostgreSQL 18")
    assert ask(info, "show data_checksums") == "on"
    assert ask(info, "show shared_preload_libraries") == "pg_stat_statements"
    assert ask(info, "show TimeZone") == "UTC"
    assert ask(info, "show password_encryption") == "scram-sha-256"
    assert ask(info, "show listen_addresses") == "127.0.0.1"
    assert (
        ask(info, "select datlocprovider::text || datlocale from pg_database where datname = 'postgres'") == "bC.UTF-8"
    )


def test_never_runs_as_root(server):
    info = server.start()
    assert psutil.Process(info.pid).uids().real != 0
    assert pwd.getpwuid(psutil.Process(info.pid).uids().real).pw_name == info.account


def test_secrets_and_data_are_for_their_owner_only(server, server_home):
    server.start()
    for path in (server_home / "postgres.json", server_home / "postgres", server_home / "postgres" / "run"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert not (server_home / "postgres" / "password").exists()


def test_refuses_a_wrong_password_over_tcp_and_socket(server):
    info = server.start()

    async def main(**where):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(user="postgres", password="wrong", database="postgres", port=info.port, **where)

    asyncio.run(main(host="127.0.0.1"))
    asyncio.run(main(host=str(info.socket_folder)))


def test_second_starter_attaches(server, server_home):
    first = server.start()
    other = EmbeddedServer(server_home)
    second = other.start()
    assert (second.pid, second.port, second.started) == (first.pid, first.port, False)
    assert other.attach().pid == other.status().pid == first.pid


def test_two_at_once_share_one_server(server_home):
    both = [starter(server_home, "stay") for _ in range(2)]
    said = [process.stdout.readline().split() for process in both]
    for process in both:
        process.communicate("")
    assert len({pid for pid, _ in said}) == 1
    assert sorted(started for _, started in said) == ["False", "True"]
    wait_gone(int(said[0][0]))


def test_data_port_and_password_survive_a_restart(server, server_home):
    first = server.start()
    ask(first, "create table kept as select 1 as one")
    assert server.stop()
    assert server.status() is None
    assert not server.stop()
    second = EmbeddedServer(server_home).start()
    assert (second.port, second.admin_dsn) == (first.port, first.admin_dsn)
    assert ask(second, "select one from kept") == 1


def test_attaching_to_nothing_says_what_to_do(server):
    with pytest.raises(DatabaseUnavailable, match="no embedded PostgreSQL runs") as raised:
        server.attach()
    assert "stateroom db start" in raised.value.hint


def test_killed_server_is_recovered(server):
    first = server.start()
    ask(first, "create table kept as select 1 as one")
    kill(first.pid)
    second = server.start()
    assert second.started
    assert second.pid != first.pid
    assert ask(second, "select one from kept") == 1


def test_backends_that_outlive_a_killed_server_are_ended(server):
    first = server.start()

    async def main():
        busy = await asyncpg.connect(first.admin_dsn)
        # a backend that computes does not notice that its postmaster is gone
        work = asyncio.create_task(busy.fetchval("select count(*) from generate_series(1, 10000000000)"))
        pid = busy.get_server_pid()
        await asyncio.to_thread(wait_busy, pid)
        await asyncio.to_thread(kill, first.pid)
        second = await asyncio.to_thread(server.start, detach=True)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await work
        busy.terminate()
        return pid, second

    pid, second = asyncio.run(main())
    assert second.started
    assert not server_process.is_server_of(pid, second.data)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_server_ends_when_its_starter_is_killed(server, server_home):
    process = starter(server_home, "stay")
    pid = int(process.stdout.readline().split()[0])
    process.kill()
    process.communicate()
    wait_gone(pid)
    assert server.status() is None
    assert server.start().started


def test_detached_server_outlives_its_starter(server, server_home):
    process = starter(server_home, "detach")
    said, _ = process.communicate()
    pid, started = said.split()
    assert started == "True"
    assert server.status().pid == int(pid)


def test_stale_pid_file_with_somebody_elses_number(server, server_home):
    server.start()
    server.stop()
    file = server_home / "postgres" / "data" / "postmaster.pid"
    lines = [str(os.getpid()), str(file.parent), "0", "5432", "", "127.0.0.1", "", "ready"]
    file.write_text("\n".join(lines) + "\n")
    Account(server.start().account).own(file)
    assert server.status() is not None


def test_busy_port_that_was_asked_for(server_home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedServerError, match=f"port {port} .* in use") as raised:
            EmbeddedServer(server_home, port=port).start()
    assert "STATEROOM_EMBEDDED_PORT" in raised.value.hint


def test_busy_port_that_was_remembered_is_given_up(server):
    first = server.start()
    server.stop()
    with socket.create_server(("127.0.0.1", first.port)):
        second = server.start()
    assert second.port != first.port
    assert ask(second, "select 1") == 1


def test_given_port_is_used(server_home):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert EmbeddedServer(server_home, port=port).start().port == port


@pytest.mark.parametrize(("version", "said"), [("99", "newer than 18"), ("14", "dump it with PostgreSQL 14")])
def test_data_of_another_version(server, server_home, version, said):
    server.start()
    server.stop()
    (server_home / "postgres" / "data" / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(EmbeddedServerError) as raised:
        server.start()
    assert said in f"{raised.value.message} {raised.value.hint}"


def test_folder_that_is_no_data_folder(server, server_home):
    server.home.prepare(print)
    (server_home / "postgres" / "data").mkdir()
    with pytest.raises(EmbeddedServerError, match="is not a PostgreSQL data folder"):
        server.start()


def test_path_too_long_for_a_socket(tmp_path):
    with pytest.raises(EmbeddedServerError, match="too long") as raised:
        EmbeddedServer(tmp_path / ("x" * 100)).start()
    assert "STATEROOM_HOME" in raised.value.hint
    assert not list(tmp_path.iterdir())


def test_path_with_spaces_and_quotes(server_home):
    server_home.mkdir()
    server_home.chmod(0o711)
    server = EmbeddedServer(server_home / 'a, b "c"')
    info = server.start()
    try:
        assert ask(info, "select 1") == 1
        assert info.socket_folder.joinpath(f".s.PGSQL.{info.port}").exists()
    finally:
        server.stop()


def test_lost_password_file(server, server_home):
    server.start()
    server.stop()
    (server_home / "postgres.json").unlink()
    with pytest.raises(EmbeddedServerError, match="is missing, and with it the password"):
        server.start()


def test_interrupted_first_start_is_begun_anew(server, server_home):
    server.home.prepare(print)
    unfinished = server_home / "postgres" / "data.new"
    unfinished.mkdir()
    (unfinished / "half").write_text("")
    assert server.start().started
    assert not unfinished.exists()


def test_bad_setting_is_shown(server_home):
    with pytest.raises(EmbeddedServerError, match=r'did not start: .*"max_connections"') as raised:
        EmbeddedServer(server_home, options={"max_connections": "none"}).start()
    assert "log" in raised.value.hint


def test_nearly_full_disk(server_home, monkeypatch):
    usage = shutil.disk_usage(server_home.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1024))
    with pytest.raises(EmbeddedServerError, match=r"disk of .* is full: 0 MiB are free") as raised:
        EmbeddedServer(server_home).start()
    assert "another disk" in raised.value.hint


@pytest.mark.skipif(not ROOT, reason="mounting needs root")
def test_full_disk(server_home, monkeypatch):
    server_home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=711", "none", server_home], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        server = EmbeddedServer(server_home, options={"min_wal_size": "32MB", "max_wal_size": "32MB"})
        server.start()
        server.stop()
        filler = server_home / "filler"
        with pytest.raises(OSError, match="No space left"):
            fill(filler)
        with pytest.raises(EmbeddedServerError, match=r"the disk of .* is full"):
            server.start()
        filler.unlink()
        info = server.start()
        with pytest.raises((asyncpg.PostgresError, OSError)):
            ask(info, "create table big as select repeat(md5(i::text), 50) from generate_series(1, 200000) i")
    finally:
        # without room for its last checkpoint a server may not end by itself: then it is cut off
        monkeypatch.setattr(embedded, "STOP_SECONDS", 5)
        with contextlib.suppress(EmbeddedServerError):
            EmbeddedServer(server_home).stop()
        subprocess.run(["umount", server_home], check=True)


def test_disk_that_fills_up_during_the_start(server):
    said = server._explained("LOG:  starting\nFATAL:  could not write lock file: No space left on device")
    assert "is full" in said.message


@pytest.mark.skipif(not ROOT, reason="only root drops to another account")
def test_programs_that_the_account_cannot_reach_are_copied(server_home, tmp_path, monkeypatch):
    site = tmp_path / "site"
    wheel = server_programs._wheel()
    for source in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if source.exists():
            shutil.copytree(source, site / source.name, ignore=shutil.ignore_patterns("include", "doc", "man"))
    tmp_path.chmod(0o700)
    monkeypatch.setattr(server_programs, "_wheel", lambda: site / wheel.name)
    info = EmbeddedServer(server_home).start()
    running = Path(psutil.Process(info.pid).exe())
    assert running.is_relative_to(server_home / "postgres")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.skipif(not ROOT, reason="only root drops to another account")
def test_home_that_the_account_cannot_reach(tmp_path):
    tmp_path.chmod(0o700)
    with pytest.raises(EmbeddedServerError, match="cannot reach") as raised:
        EmbeddedServer(tmp_path / "h").start()
    assert "/var/lib/stateroom" in raised.value.hint
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def as_somebody_else(name, work):
    """Run a function as another user; by fork, since that user may not be able to start this Python."""
    user = pwd.getpwnam(name)
    with warnings.catch_warnings():
        # from 3.12 on: threads of the test runner are none of the child's business
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            work()
        except BaseException:  # noqa: BLE001 - the child must not go on as a second test runner
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(not ROOT, reason="only root can become somebody else")
def test_runs_for_an_ordinary_user_and_root_can_run_it_too(server, server_home):
    server_home.parent.chmod(0o777)
    assert as_somebody_else("nobody", lambda: EmbeddedServer(server_home).start(detach=True)) == 0
    assert psutil.Process(server.attach().pid).username() == "nobody"
    assert server_home.owner() == "nobody"
    server.stop()
    assert psutil.Process(server.start().pid).username() == "nobody"


def test_credentials_follow_the_port(server, server_home):
    first = server.start()
    file = server_home / "credentials.json"
    dsn = f"postgresql://somebody:secret@127.0.0.1:{first.port}/stateroom"
    file.write_text(json.dumps(dict.fromkeys(["maintenance", "app", "engine", "query"], dsn)))
    server.stop()
    with socket.create_server(("127.0.0.1", first.port)):
        second = server.start()
    assert json.loads(file.read_text())["app"] == f"postgresql://somebody:secret@127.0.0.1:{second.port}/stateroom"


def test_too_old_programs_are_refused(tmp_path, monkeypatch):
    old = Programs(tmp_path, "14.9")
    monkeypatch.setattr(Programs, "tried", lambda *_: old)
    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL 14\.9 is too old"):
        server_programs.reachable(tmp_path, tmp_path, Account("caller"))


def test_choose_says_whose_data_it_is(tmp_path):
    account = server_account.choose(tmp_path / "missing", print)
    assert account.name == ("stateroom" if ROOT else pwd.getpwuid(os.geteuid()).pw_name)


def test_home_says_where_things_are(tmp_path):
    home = Home(tmp_path)
    assert home.log.is_relative_to(home.data)
    assert home.data.is_relative_to(home.own)
