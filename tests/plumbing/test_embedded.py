"""The embedded PostgreSQL, started, killed and raced for real."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from creditdesk.plumbing import embedded
from creditdesk.plumbing.embedded import EmbeddedError, Server, State, accounts, homes, processes
from creditdesk.plumbing.embedded.binaries import programs_for

SOURCE = Path(embedded.__file__).parents[3]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can lend an account")


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A directory for a server; whatever was started there is gone afterwards."""
    place = tmp_path / "database"
    yield place
    embedded.remove(place)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that other accounts may enter, which pytest's own is not."""
    place = Path(tempfile.mkdtemp(prefix="creditdesk-test-"))
    place.chmod(0o755)
    yield place
    embedded.remove(place / "database")
    shutil.rmtree(place)


def one(server: Server, query: str, *, database: str = "postgres", user: str = "postgres") -> str:
    with psycopg.connect(server.url(database, user)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def do(server: Server, *commands: str, database: str = "postgres", user: str = "postgres") -> None:
    with psycopg.connect(server.url(database, user)) as connection:
        for command in commands:
            connection.execute(command.encode())


def main_process(data: Path) -> psutil.Process:
    """Return the server's main process, which one of these tests started."""
    pid = embedded.status(data).pid
    assert pid is not None
    return psutil.Process(pid)


def home_of(data: Path) -> homes.Home:
    home = homes.find_home(data.resolve())
    assert home is not None
    return home


def script(body: str, *, user: str | None = None) -> list[str]:
    """Return a command that runs the lines in a new Python, as another user once all is loaded."""
    become = f"import pwd, os; u = pwd.getpwnam({user!r}); os.setgroups([]); os.setgid(u.pw_gid)"
    lines = [
        "import sys; sys.path.insert(0, " + repr(str(SOURCE)) + ")",
        "from pathlib import Path",
        "from creditdesk.plumbing import embedded",
        f"{become}; os.setuid(u.pw_uid)" if user else "",
        textwrap.dedent(body),
    ]
    return [sys.executable, "-c", "\n".join(lines)]


def wait_until(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_start_stop_and_start_again_keep_the_data(data: Path) -> None:
    assert embedded.status(data).state is State.ABSENT
    assert embedded.stop(data) is False

    server = embedded.start(data)
    assert embedded.status(data).server == server
    assert server.data == data
    do(server, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (41), (42)")

    assert embedded.stop(data) is True
    assert embedded.status(data).state is State.STOPPED
    assert processes.members(home_of(data)) == []
    with pytest.raises(psycopg.OperationalError):
        one(server, "SELECT 1")
    assert embedded.stop(data) is False

    assert embedded.start(data) == server
    assert one(server, "SELECT sum(n) FROM kept") == "83"


def test_a_second_start_is_quick_and_leaves_the_server_alone(data: Path) -> None:
    server = embedded.start(data, throw_away=True)
    process = main_process(data)
    began = time.monotonic()
    assert embedded.start(data, throw_away=True) == server
    assert time.monotonic() - began < 0.5
    assert main_process(data) == process


DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "shared_buffers": "128MB",
    "logging_collector": "on",
    "log_rotation_size": "10MB",
}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
}
ALWAYS = {
    "listen_addresses": "",
    "max_connections": "300",
    "dynamic_shared_memory_type": "mmap",
    "TimeZone": "UTC",
    "server_encoding": "UTF8",
    "unix_socket_permissions": "0700",
}


@pytest.mark.parametrize(
    ("throw_away", "expected"), [(False, DURABLE | ALWAYS), (True, THROW_AWAY | ALWAYS)]
)
def test_settings(data: Path, throw_away: bool, expected: dict[str, str]) -> None:  # noqa: FBT001
    server = embedded.start(data, throw_away=throw_away, settings={"work_mem": "7MB"})
    found = {name: one(server, f"SHOW {name}") for name in [*expected, "work_mem"]}
    assert found == expected | {"work_mem": "7MB"}


def test_the_log_is_written(data: Path) -> None:
    server = embedded.start(data)
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        one(server, "SELECT 'Erika Mustermann'::int")
    with pytest.raises(psycopg.OperationalError):
        one(server, "SELECT 1", database="nowhere")
    log = home_of(data).log

    def written() -> str:
        return "".join(path.read_text() for path in log.glob("server-*.log"))

    wait_until(lambda: 'database "nowhere" does not exist' in written())
    # What was refused is not written: statements and their values are people's data.
    assert "Erika" not in written()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"work_mem": "7MB\nfsync = off"}, "embedded.bad_setting"),
        ({"work_mem = 1\nfsync": "off"}, "embedded.bad_setting"),
        ({"no_such_setting": "1"}, "embedded.start_failed"),
    ],
)
def test_bad_settings_are_refused(data: Path, settings: dict[str, str], code: str) -> None:
    with pytest.raises(EmbeddedError) as refused:
        embedded.start(data, throw_away=True, settings=settings)
    assert refused.value.code == code
    assert embedded.status(data).state is State.STOPPED
    if code == "embedded.start_failed":
        assert 'unrecognized configuration parameter "no_such_setting"' in refused.value.message
    embedded.start(data, throw_away=True)  # and nothing stands in the way of a good start


def test_data_made_to_be_kept_is_never_run_as_throw_away(data: Path) -> None:
    embedded.start(data)
    for _ in range(2):  # running, then stopped
        with pytest.raises(EmbeddedError) as refused:
            embedded.start(data, throw_away=True)
        assert refused.value.code == "embedded.other_kind"
        embedded.stop(data)
    assert embedded.status(data).state is State.STOPPED


def test_killed_with_all_its_processes_it_starts_at_once_and_lost_nothing(data: Path) -> None:
    server = embedded.start(data)
    do(server, "CREATE TABLE kept (n int)")
    for round_ in range(3):
        with psycopg.connect(server.url("postgres", "postgres")) as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", [round_])
            connection.commit()
            for process in [main_process(data), *processes.members(home_of(data))]:
                with_suppressed_kill(process)
        server = embedded.start(data)
        assert one(server, "SELECT count(*) FROM kept") == str(round_ + 1)


def with_suppressed_kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def test_only_the_main_process_killed(data: Path) -> None:
    server = embedded.start(data)
    do(server, "CREATE TABLE kept AS SELECT 7 AS n")
    main_process(data).kill()
    server = embedded.start(data)
    assert one(server, "SELECT n FROM kept") == "7"


def test_an_orphan_busy_with_a_query_does_not_block_the_next_start(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditdesk.plumbing.embedded.server.ORPHAN_GRACE_SECONDS", 1)
    server = embedded.start(data)
    busy = psycopg.connect(server.url("postgres", "postgres"))
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    backend = psutil.Process(busy.info.backend_pid)
    try:
        main_process(data).kill()
        time.sleep(0.3)
        assert processes.is_alive(backend)
        assert one(embedded.start(data, start_timeout_seconds=15), "SELECT 5") == "5"
        assert not processes.is_alive(backend)
    finally:
        busy.close()


def test_stop_ends_the_orphans_of_a_killed_server_too(data: Path) -> None:
    server = embedded.start(data, throw_away=True)
    with psycopg.connect(server.url("postgres", "postgres")) as busy:
        busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        backend = psutil.Process(busy.info.backend_pid)
        main_process(data).kill()
        time.sleep(0.3)
        assert processes.is_alive(backend)
        assert embedded.stop(data) is True
        assert not processes.is_alive(backend)
        busy.close()
    assert processes.members(home_of(data)) == []
    assert embedded.stop(data) is False


def test_a_note_that_names_a_foreign_process_is_not_believed(data: Path) -> None:
    server = embedded.start(data)
    do(server, "CREATE TABLE kept AS SELECT 7 AS n")
    home = home_of(data)
    note_file = home.cluster / "postmaster.pid"
    note = note_file.read_text().splitlines()
    for process in processes.members(home):
        with_suppressed_kill(process)
    # PostgreSQL itself sees through a process of another account.
    with subprocess.Popen(["sleep", "60"], user=home.path.stat().st_uid) as foreign:
        try:
            note_file.write_text("\n".join([str(foreign.pid), *note[1:], ""]))
            assert embedded.status(data).state is State.STOPPED
            assert embedded.stop(data) is False
            assert foreign.poll() is None
            assert one(embedded.start(data), "SELECT n FROM kept") == "7"
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_a_zombie_is_not_a_running_server(data: Path) -> None:
    embedded.start(data, throw_away=True)
    home = home_of(data)
    embedded.stop(data)
    zombie = subprocess.Popen(["true"], user=home.path.stat().st_uid)
    try:
        wait_until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE)
        (home.cluster / "postmaster.pid").write_text(
            f"{zombie.pid}\n{home.cluster}\n0\n5432\n{home.path}\n\n0 0\n"
        )
        shutil.chown(home.cluster / "postmaster.pid", home.path.stat().st_uid)
        assert one(embedded.start(data, throw_away=True), "SELECT 3") == "3"
    finally:
        zombie.wait()


def test_five_racing_starters_end_with_one_server(data: Path) -> None:
    command = script(
        f"""
        server = embedded.start(Path({str(data)!r}), throw_away=True)
        embedded.ensure_database(server, "creditdesk")
        print(embedded.status(server.data).pid, server.socket_dir)
        """
    )
    starters = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    answers = [starter.communicate(timeout=50) for starter in starters]
    assert [errors for _, errors in answers] == [""] * 5
    assert len({output for output, _ in answers}) == 1
    mains = [p for p in processes.members(home_of(data)) if "-D" in p.cmdline()]
    assert [p.pid for p in mains] == [main_process(data).pid]


def test_a_starter_killed_half_way_leaves_nothing_in_the_way(data: Path) -> None:
    command = script(f"embedded.start(Path({str(data)!r}), throw_away=True)")
    with subprocess.Popen(command) as starter:
        wait_until(lambda: bool((found := homes.find_home(data)) and has_unfinished(found)))
        starter.kill()
    assert one(embedded.start(data, throw_away=True), "SELECT 1") == "1"
    assert not has_unfinished(home_of(data))


def has_unfinished(home: homes.Home) -> bool:
    return home.path.exists() and any(home.path.glob("cluster.new-*"))


def test_waiting_for_another_starter_ends_with_the_timeout(data: Path) -> None:
    data.mkdir()
    command = script(
        f"""
        import fcntl, time
        lock = open({str(homes.lock_file(data))!r}, "a")
        fcntl.flock(lock, fcntl.LOCK_EX)
        print("held", flush=True)
        time.sleep(60)
        """
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(EmbeddedError) as refused:
                embedded.start(data, start_timeout_seconds=1)
            assert refused.value.code == "embedded.start_timeout"
        finally:
            holder.kill()


def test_a_stopped_process_is_waited_for_until_the_timeout(data: Path) -> None:
    """A main process that neither answers nor dies stands in for a long recovery."""
    embedded.start(data, throw_away=True)
    process = main_process(data)
    process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(EmbeddedError) as refused:
            embedded.start(data, throw_away=True, start_timeout_seconds=2)
        assert refused.value.code == "embedded.start_timeout"
        assert time.monotonic() - began < 15
        found = embedded.status(data)
        assert (found.state, found.pid) == (State.UNREADY, process.pid)
    finally:
        process.send_signal(signal.SIGCONT)
    embedded.start(data, throw_away=True)
    assert main_process(data) == process


def test_a_recovery_longer_than_our_patience_goes_on_by_itself(data: Path) -> None:
    server = embedded.start(data)
    do(server, "CREATE TABLE kept AS SELECT 7 AS x")
    embedded.stop(data)
    home = home_of(data)
    accounts.account_for(home.path).write(home.cluster / "recovery.signal", "")
    # Each file of the log that is looked for in the archive takes its time and is not there.
    slow = {"restore_command": "sleep 2; false"}
    with pytest.raises(EmbeddedError) as refused:
        embedded.start(data, settings=slow, start_timeout_seconds=1)
    assert refused.value.code == "embedded.start_timeout"
    assert embedded.status(data).state is State.UNREADY
    assert one(embedded.start(data), "SELECT x FROM kept") == "7"


def test_parallel_queries_need_no_room_in_dev_shm(data: Path) -> None:
    server = embedded.start(data, throw_away=True)
    do(server, "CREATE TABLE many AS SELECT x, x % 10 AS y FROM generate_series(1, 200000) x")
    with psycopg.connect(server.url("postgres", "postgres")) as connection:
        connection.execute("SET parallel_setup_cost = 0")
        connection.execute("SET parallel_tuple_cost = 0")
        connection.execute("SET min_parallel_table_scan_size = 0")
        query = "SELECT y, count(*) FROM many GROUP BY y"
        plan = connection.execute(f"EXPLAIN (ANALYZE) {query}".encode()).fetchall()
        assert any("Workers Launched" in line for (line,) in plan)
    assert one(server, "SHOW dynamic_shared_memory_type") == "mmap"
    segments = [path.name for path in (home_of(data).cluster / "pg_dynshmem").iterdir()]
    assert segments
    assert all(name.startswith("mmap.") for name in segments)


@pytest.mark.parametrize("name", ["x" * 120, "with space, \"quote\" 'and' $dollar `tick` é"])
def test_long_and_odd_paths(tmp_path: Path, name: str) -> None:
    data = tmp_path / name / "database"
    try:
        server = embedded.start(data, throw_away=True)
        assert one(server, "SELECT 1") == "1"
        assert len(str(server.socket_dir)) < 90
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        embedded.stop(data)
        assert embedded.start(data, throw_away=True) == server
    finally:
        embedded.remove(data)
    assert not server.socket_dir.exists()


def test_a_short_socket_directory_of_somebody_else_is_refused(
    open_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "SHORT", open_directory)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    account = accounts.account_for(None)
    home = homes.Home(open_directory / ("x" * 120))
    planted = open_directory / f"creditdesk-{homes.digest(home.cluster)}"
    planted.symlink_to("/etc")
    os.chown(planted, account.uid, account.gid, follow_symlinks=False)
    with pytest.raises(EmbeddedError) as refused:
        homes.socket_directory(home, account)
    assert refused.value.code == "embedded.not_ours"
    assert planted.is_symlink()
    planted.unlink()


def test_no_directory_of_others_changes_its_mode(tmp_path: Path) -> None:
    asked = tmp_path / "closed" / "database"
    asked.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    asked.chmod(0o711)
    watched = [*asked.parents, asked, Path.home(), *embedded.programs().parents]
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in watched]
    try:
        embedded.start(asked, throw_away=True)
        assert [(path, path.stat().st_mode, path.stat().st_uid) for path in watched] == before
    finally:
        embedded.remove(asked)
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path in watched] == before
    assert [path.name for path in asked.iterdir()] == ["postgres.lock"]


def test_a_copied_directory_gets_a_server_of_its_own(data: Path, tmp_path: Path) -> None:
    do(embedded.start(data, throw_away=True), "CREATE TABLE kept AS SELECT 7 AS n")
    copy = tmp_path / "copy"
    data_files = [path for path in data.iterdir() if path.name != "postgres"]
    copy.mkdir()
    for path in data_files:
        shutil.copy(path, copy)
    try:
        other = embedded.start(copy, throw_away=True)
        assert one(other, "SELECT to_regclass('kept')") == "None"
        assert embedded.status(copy).pid != embedded.status(data).pid
    finally:
        embedded.remove(copy)
    assert embedded.status(data).state is State.RUNNING


def test_a_note_copied_with_its_directory_is_not_followed(open_directory: Path) -> None:
    data, copy = open_directory / "database", open_directory / "copy"
    do(embedded.start(data, throw_away=True), "CREATE TABLE kept AS SELECT 7 AS n")
    note = (home_of(data).cluster / "postmaster.pid").read_text()
    try:
        embedded.start(copy, throw_away=True)
        embedded.stop(copy)
        account = accounts.account_for(home_of(copy).path)
        account.write(home_of(copy).cluster / "postmaster.pid", note)
        assert embedded.status(copy).state is State.STOPPED
        assert embedded.stop(copy) is False
        assert one(embedded.start(copy, throw_away=True), "SELECT to_regclass('kept')") == "None"
    finally:
        embedded.remove(copy)
    assert embedded.status(data).state is State.RUNNING


@AS_ROOT
def test_root_lends_an_account_where_it_can_enter(open_directory: Path) -> None:
    data = open_directory / "database"
    embedded.start(data, throw_away=True)
    assert home_of(data).path == data / "postgres"
    assert main_process(data).uids().effective == home_of(data).path.stat().st_uid != 0
    assert data.stat().st_uid == 0


@AS_ROOT
def test_root_finds_kept_data_again_when_the_directory_was_made_anew(data: Path) -> None:
    do(embedded.start(data), "CREATE TABLE kept AS SELECT 7 AS n")
    assert home_of(data).path.parent == homes.STATE
    shutil.rmtree(data)
    assert one(embedded.start(data), "SELECT n FROM kept") == "7"


@AS_ROOT
def test_root_does_not_find_throw_away_data_again(data: Path) -> None:
    do(embedded.start(data, throw_away=True), "CREATE TABLE gone AS SELECT 7 AS n")
    shutil.rmtree(data)
    assert one(embedded.start(data, throw_away=True), "SELECT to_regclass('gone')") == "None"


@AS_ROOT
def test_programs_out_of_reach_are_copied(
    open_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "site-packages"
    package = embedded.programs().parent.parent
    shutil.copytree(package / "pginstall18", closed / package.name / "pginstall18", symlinks=True)
    shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
    closed.chmod(0o700)
    account = accounts.account_for(None)
    monkeypatch.setattr(
        "creditdesk.plumbing.embedded.binaries.programs",
        lambda: closed / package.name / "pginstall18" / "bin",
    )
    copy = programs_for(account, open_directory)
    assert copy.is_relative_to(open_directory)
    said = account.run([copy / "postgres", "--version"])
    assert (said.returncode, said.stdout.split()[0]) == (0, "postgres")
    assert programs_for(account, open_directory) == copy
    assert len(list(open_directory.iterdir())) == 1


@AS_ROOT
def test_an_ordinary_user_runs_a_server_of_its_own(open_directory: Path) -> None:
    data = open_directory / "nobody" / "database"
    data.parent.mkdir()
    shutil.chown(data.parent, "nobody")
    body = f"""
        data = Path({str(data)!r})
        try:
            server = embedded.start(data)
            embedded.ensure_database(server, "creditdesk")
            import psycopg
            with psycopg.connect(server.url("creditdesk", "creditdesk_app")) as connection:
                print(connection.execute("SELECT current_user").fetchone()[0])
            print(embedded.stop(data), embedded.start(data) == server)
        finally:
            embedded.stop(data)
        """
    ran = subprocess.run(
        script(body, user="nobody"), capture_output=True, text=True, check=False, timeout=50
    )
    assert (ran.stderr, ran.stdout) == ("", "creditdesk_app\nTrue True\n")
    # Root takes over what belongs to that user, as that user.
    try:
        assert one(embedded.start(data), "SELECT current_user") == "postgres"
        assert main_process(data).username() == "nobody"
    finally:
        embedded.remove(data)


@AS_ROOT
def test_an_ordinary_user_is_told_whose_server_it_is(open_directory: Path) -> None:
    data = open_directory / "database"
    embedded.start(data, throw_away=True)
    embedded.stop(data)
    body = f"""
        try:
            embedded.start(Path({str(data)!r}), throw_away=True)
        except embedded.EmbeddedError as refused:
            print(refused.code)
        """
    ran = subprocess.run(
        script(body, user="nobody"), capture_output=True, text=True, check=False, timeout=50
    )
    assert (ran.stderr, ran.stdout) == ("", "embedded.directory\n")


@AS_ROOT
def test_a_user_without_a_name_is_told_what_helps(open_directory: Path) -> None:
    open_directory.chmod(0o777)
    body = f"""
        import os
        os.setgroups([]); os.setgid(54321); os.setuid(54321)
        try:
            embedded.start(Path({str(open_directory / "database")!r}))
        except embedded.EmbeddedError as refused:
            print(refused.code, refused.message)
        """
    ran = subprocess.run(script(body), capture_output=True, text=True, check=False, timeout=50)
    assert ran.stderr == ""
    assert ran.stdout.startswith("embedded.unnamed_user user id 54321 has no name in /etc/passwd")
    assert "DATABASE_URL" in ran.stdout


@pytest.mark.parametrize("where", ["not installed", "wrong directory"])
def test_missing_programs_are_one_clear_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "not installed":
        monkeypatch.delenv("CREDITDESK_POSTGRES_BIN", raising=False)
        monkeypatch.setattr("creditdesk.plumbing.embedded.binaries.PACKAGE", "no_such_package")
    else:
        monkeypatch.setenv("CREDITDESK_POSTGRES_BIN", "/usr/share")
    with pytest.raises(EmbeddedError) as refused:
        embedded.start(data)
    assert refused.value.code == "embedded.no_binaries"
    assert refused.value.message.startswith("no PostgreSQL binaries: ")
    assert refused.value.message.endswith("or set DATABASE_URL")


def test_a_path_that_cannot_be_a_directory_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmbeddedError) as refused:
        embedded.start(tmp_path / "file" / "database")
    assert refused.value.code == "embedded.directory"


def test_roles_and_rights_of_a_database(data: Path) -> None:
    server = embedded.start(data, throw_away=True)
    for _ in range(2):
        embedded.ensure_database(server, "creditdesk")

    about = (
        "SELECT concat_ws(' ', pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate,"
        " datctype, datacl) FROM pg_database WHERE datname = 'creditdesk'"
    )
    assert one(server, about) == (
        "creditdesk_owner UTF8 C.UTF-8 C.UTF-8"
        " {creditdesk_owner=CTc/creditdesk_owner,creditdesk_app=Tc/creditdesk_owner}"
    )
    rights = (
        "SELECT string_agg(concat_ws(' ', rolname, rolcanlogin, rolcreatedb, rolcreaterole,"
        " rolsuper, rolbypassrls), ', ' ORDER BY rolname) FROM pg_roles"
        " WHERE rolname LIKE 'creditdesk%'"
    )
    assert one(server, rights) == "creditdesk_app t f f f f, creditdesk_owner t t f f f"

    do(server, "CREATE TABLE ours (n int)", database="creditdesk", user="creditdesk_owner")
    do(server, "CREATE TEMPORARY TABLE own (n int)", database="creditdesk", user="creditdesk_app")
    for attempt in (
        "CREATE TABLE theirs (n int)",
        "SELECT * FROM ours",
        "CREATE SCHEMA theirs",
        "CREATE ROLE theirs",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            do(server, attempt, database="creditdesk", user="creditdesk_app")
    tables = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
    assert one(server, tables, database="creditdesk") == "ours"


def test_only_our_roles_may_connect(data: Path) -> None:
    server = embedded.start(data, throw_away=True)
    do(server, "CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        one(server, "SELECT 1", user="stranger")


@pytest.mark.parametrize("name", ["", "Upper", "a-b", 'a"; DROP ROLE x', "x" * 64])
def test_odd_database_names_are_refused(data: Path, name: str) -> None:
    server = Server(data=data, socket_dir=data, port=5432)
    with pytest.raises(EmbeddedError) as refused:
        embedded.ensure_database(server, name)
    assert refused.value.code == "embedded.bad_database_name"


def test_removal_leaves_nothing(data: Path) -> None:
    embedded.start(data)
    home = home_of(data)
    before = processes.members(home)
    assert before
    embedded.remove(data)
    assert not home.path.exists()
    assert embedded.status(data).state is State.ABSENT
    assert not [process for process in before if processes.is_alive(process)]
    embedded.remove(data)
