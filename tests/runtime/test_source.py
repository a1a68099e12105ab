"""Working copies of real folders and repositories."""

import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from stateroom.runtime.git import SourceError, Stopped
from stateroom.runtime.source import Source, copy, describe
from stateroom.runtime.workspace import WorkFolder, remove_tree

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs to change owners")


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def files(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".git":
            continue
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text()
    return found


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(source):
    git(source, "init", "-q", "-b", "main")
    write(source, {"a.txt": "a", "lib/b.txt": "b", "lib/c.txt": "c", ".gitignore": "*.log\nbuild/\n"})
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    git(source, "add", ".")
    git(source, "commit", "-qm", "first")
    return source


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def copied(described, target, **options):
    _, place = copy(described, target, **options)
    return place


COMMITTED = {"a.txt": "a", "lib/b.txt": "b", "lib/c.txt": "c", ".gitignore": "*.log\nbuild/\n", "run.sh": "#!/bin/sh\n"}


def test_a_repository_is_described(repository):
    write(repository, {"new.txt": "", "a.txt": "changed", "ignored.log": ""})
    git(repository, "remote", "add", "origin", "git@github.com:acme/shop.git")
    described = describe(repository)
    assert described == Source(
        path=str(repository),
        sha=git(repository, "rev-parse", "HEAD"),
        ref="refs/heads/main",
        ref_name="main",
        repository="acme/shop",
        dirty=False,
        changes=2,
    )
    assert Source.from_dict(described.as_dict()) == described


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/acme/shop", "acme/shop"),
        ("https://token@git.example.org/group/acme/shop.git/", "acme/shop"),
        ("ssh://git@example.org:22/acme/shop", "acme/shop"),
        ("/srv/git/shop.git", "shop"),
    ],
)
def test_the_repository_is_named_after_its_remote(repository, address, name):
    git(repository, "remote", "add", "origin", address)
    assert describe(repository).repository == name


def test_tags_and_detached_heads_are_described(repository):
    git(repository, "checkout", "-q", "--detach")
    assert describe(repository).ref == "HEAD"
    git(repository, "tag", "v1")
    described = describe(repository)
    assert (described.ref, described.ref_name) == ("refs/tags/v1", "v1")


def test_a_copy_is_of_the_commit_alone(repository, target):
    described = describe(repository)
    write(repository, {"a.txt": "changed", "new.txt": "new"})
    git(repository, "commit", "-qam", "second")
    place = copied(described, target)
    assert place == target / "shop"
    assert files(place) == COMMITTED
    assert os.access(place / "run.sh", os.X_OK)
    assert git(place, "rev-parse", "HEAD") == described.sha
    assert git(place, "status", "--porcelain") == ""


def test_a_copy_shares_nothing_with_its_source(repository, target):
    place = copied(describe(repository), target)
    inodes = {path.stat().st_ino for path in (repository / ".git").rglob("*") if path.is_file()}
    assert not inodes & {path.stat().st_ino for path in (place / ".git").rglob("*") if path.is_file()}


def test_uncommitted_changes_come_along_on_request(repository, target):
    write(repository, {"a.txt": "changed", "new/deep.txt": "new", "x.log": "ignored", "build/y": "ignored"})
    write(repository, {"staged.txt": "staged"})
    git(repository, "add", "staged.txt")
    (repository / "lib/b.txt").unlink()
    (repository / "link").symlink_to("/etc/hostname")
    (repository / "run.sh").chmod(0o644)
    (repository / "ümläut \n.txt").write_text("u")
    place = copied(describe(repository, include_uncommitted=True), target)
    changed = {"a.txt": "changed", "new/deep.txt": "new", "staged.txt": "staged", "link": "-> /etc/hostname"}
    expected = COMMITTED | changed | {"ümläut \n.txt": "u"}
    del expected["lib/b.txt"]
    assert files(place) == expected
    assert not os.access(place / "run.sh", os.X_OK)


def test_links_and_folders_may_have_changed_places(repository, target, tmp_path):
    outside = tmp_path / "outside"
    write(outside, {"file.txt": "untouched"})
    (repository / "out").symlink_to(outside)
    git(repository, "add", "out")
    git(repository, "commit", "-qm", "a link")
    described = describe(repository, include_uncommitted=True)
    (repository / "out").unlink()
    write(repository, {"out/file.txt": "mine"})
    shutil.rmtree(repository / "lib")
    (repository / "lib").symlink_to(outside)
    place = copied(described, target)
    assert files(outside) == {"file.txt": "untouched"}
    assert (place / "out/file.txt").read_text() == "mine"
    assert (place / "lib").readlink() == outside
    remove_tree(target)
    assert files(outside) == {"file.txt": "untouched"}
    assert not target.exists()


def test_a_repository_without_commits_is_its_files(source, target):
    git(source, "init", "-q", "-b", "trunk")
    write(source, {"a.txt": "a", "b.txt": "b", "c.log": "", ".gitignore": "*.log"})
    git(source, "add", "a.txt")
    described = describe(source)
    assert (described.sha, described.ref_name, described.dirty) == (None, "trunk", True)
    place = copied(described, target)
    assert files(place) == {"a.txt": "a", "b.txt": "b", ".gitignore": "*.log"}
    assert (place / ".git").is_dir()


def test_a_subfolder_is_the_same_subfolder_of_the_copy(repository, target):
    write(repository, {"lib/new.txt": "new"})
    whole, place = copy(describe(repository / "lib", include_uncommitted=True), target)
    assert (whole, place) == (target / "shop", target / "shop/lib")
    assert files(place) == {"b.txt": "b", "c.txt": "c", "new.txt": "new"}


def test_a_folder_that_the_commit_does_not_have_is_copied_plainly(repository, target):
    write(repository, {"build/sub/x.txt": "x"})
    described = describe(repository / "build/sub")
    assert described.sha is None
    assert files(copied(described, target)) == {"x.txt": "x"}


def test_a_linked_worktree_is_a_source_too(repository, target, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    described = describe(tmp_path / "side")
    assert described.ref_name == "side"
    assert files(copied(described, target)) == COMMITTED


def test_a_shallow_clone_is_a_source_too(repository, target, tmp_path):
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "shallow")
    assert files(copied(describe(tmp_path / "shallow"), target)) == COMMITTED


def test_hooks_of_the_caller_do_not_lead_astray(repository, target, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert files(copied(describe(repository), target)) == COMMITTED


@root_only
def test_a_repository_of_somebody_else_is_a_source_too(repository, target):
    for path in [repository, *repository.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    described = describe(repository, include_uncommitted=True)
    assert described.sha
    assert files(copied(described, target)) == COMMITTED


def test_a_commit_that_is_gone_is_named(repository, target):
    gone = "0123456789012345678901234567890123456789"
    with pytest.raises(SourceError, match=f"Commit {gone} is no longer"):
        copied(Source(str(repository), sha=gone), target)


def test_folders_that_are_gone_are_named(tmp_path, target):
    with pytest.raises(SourceError, match="nowhere does not exist"):
        describe(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="nowhere does not exist"):
        copied(Source(str(tmp_path / "nowhere")), target)


PLAIN = {
    "keep.txt": "",
    "sub/keep.txt": "",
    "x.log": "ignored",
    "sub/x.log": "ignored",
    "sub/important.log": "kept by !",
    "top.txt": "ignored",
    "sub/top.txt": "",
    "out/x": "ignored",
    "deep/er/cache/x": "ignored",
    "sub/secret.txt": "ignored",
    "a1.tmp": "ignored",
    "ab.tmp": "",
    "#hash": "ignored",
    "node_modules/x": "ignored",
    "sub/__pycache__/x": "ignored",
    ".venv/x": "ignored",
}
RULES = textwrap.dedent("""\
    # comment
    *.log
    !important.log
    /top.txt
    out/
    deep/**/cache
    a[0-9].tmp
    \\#hash
""")


def test_without_a_repository_ignored_files_stay_behind(source, target):
    write(source, PLAIN | {".gitignore": RULES, "sub/.gitignore": "secret*\n"})
    (source / "loop").symlink_to(".")
    (source / "dangling").symlink_to("nowhere")
    os.mkfifo(source / "pipe")
    place = copied(describe(source), target)
    kept = {name: text for name, text in PLAIN.items() if text != "ignored"}
    links = {"loop": "-> .", "dangling": "-> nowhere"}
    assert files(place) == kept | links | {".gitignore": RULES, "sub/.gitignore": "secret*\n"}


def test_without_git_a_repository_is_a_folder(repository, target, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    write(repository, {"new.txt": "", "x.log": ""})
    described = describe(repository)
    assert described == Source(str(repository), repository="shop")
    assert files(copied(described, target)) == COMMITTED | {"new.txt": ""}


@pytest.mark.parametrize("with_git", [True, False])
def test_our_own_home_inside_the_source_stays_out(source, with_git):
    if with_git:
        git(source, "init", "-q")
    home = source / "home"
    write(source, {"a.txt": "a", "home/work/w1/r1/shop/a.txt": "a copy", "home/token": "secret"})
    target = home / "work/w1/r2"
    target.mkdir()
    place = copied(describe(source), target, avoid=home)
    assert files(place) == {"a.txt": "a"}


@pytest.mark.parametrize("with_git", [True, False])
def test_copying_can_be_stopped(source, target, with_git):
    if with_git:
        git(source, "init", "-q")
    write(source, {"a.txt": "a"})
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        copied(describe(source), target, stop=stop)


def test_folders_are_removed_whatever_was_made_of_them(tmp_path):
    outside = tmp_path / "outside"
    write(outside, {"keep.txt": "keep"})
    folder = WorkFolder.open(tmp_path / "work")
    fresh = folder.fresh()
    write(fresh, {"locked/deep/x": "", "also/y": ""})
    (fresh / "locked/out").symlink_to(outside)
    (fresh / "locked/deep").chmod(0)
    (fresh / "locked").chmod(0o500)
    remove_tree(fresh)
    assert not fresh.exists()
    assert files(outside) == {"keep.txt": "keep"}
    remove_tree(fresh)
    folder.close()
    assert not folder.path.exists()


@root_only
def test_read_only_folders_are_removed_by_ordinary_users_too(tmp_path):
    write(tmp_path, {"work/locked/deep/x": ""})
    for path in [tmp_path / "work", *(tmp_path / "work").rglob("*")]:
        os.chown(path, 65534, 65534)
    (tmp_path / "work/locked/deep").chmod(0)
    (tmp_path / "work/locked").chmod(0o500)
    tmp_path.chmod(0o755)
    script = "import os, sys; from pathlib import Path; from stateroom.runtime.workspace import remove_tree; "
    script += "os.chdir(sys.argv[1]); os.setgid(65534); os.setuid(65534); remove_tree(Path('work/locked'))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.process
def test_what_a_killed_worker_left_is_swept_by_the_next(tmp_path):
    root = tmp_path / "work"
    script = "import sys, time; from pathlib import Path; from stateroom.runtime.workspace import WorkFolder; "
    script += "f = WorkFolder.open(Path(sys.argv[1])).fresh(); (f / 'x').touch(); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script, str(root)])
    try:
        deadline = time.monotonic() + 20
        while not list(root.glob("w*/r*/x")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        living = WorkFolder.open(root)
        assert len(list(root.glob("w*/r*/x"))) == 1
    finally:
        process.kill()
        process.wait()
    WorkFolder.open(root).close()
    assert [path for path in root.iterdir() if path.is_dir()] == [living.path]
    living.close()


def test_folders_that_are_not_ours_are_not_swept(tmp_path):
    write(tmp_path, {"work/wedding/photo": ""})
    WorkFolder.open(tmp_path / "work").close()
    assert (tmp_path / "work/wedding/photo").exists()


def test_paths_are_absolute(repository, monkeypatch):
    monkeypatch.chdir(repository)
    assert describe(Path("lib")).path == str(repository / "lib")
