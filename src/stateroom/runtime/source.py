"""A source folder, and fresh working copies of it.

In a git repository: a clone of one commit. `--no-hardlinks`, because a job may change owner or mode of all that it
sees, and the source must not notice; the price is a copy of `.git`. On request what is not committed is copied over it:
changed, deleted and untracked files that are not ignored, as they are when the copy is made. A repository without a
commit consists of such files alone. Without git, without a repository, or for a folder that the commit does not have:
a copy minus ignored paths (`ignore.py`). Symbolic links are copied as links and never followed.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Self

from stateroom.runtime.git import UPLOAD_PACK, SourceError, Stopped, available, git
from stateroom.runtime.ignore import Rule, ignored, rules_of

_MOST_FILES: Final = 200_000
_MOST_BYTES: Final = 4 << 30


@dataclass(frozen=True, slots=True)
class Source:
    """A folder to make working copies of; `dirty`: with what is not committed. `changes` counts such paths."""

    path: str
    sha: str | None = None
    ref: str = ""
    ref_name: str = ""
    repository: str = ""
    dirty: bool = False
    changes: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Self:
        """Read what `as_dict` wrote."""
        path, sha, changes = values["path"], values.get("sha"), values.get("changes")
        return cls(
            path=str(path),
            sha=None if sha is None else str(sha),
            ref=str(values.get("ref") or ""),
            ref_name=str(values.get("ref_name") or ""),
            repository=str(values.get("repository") or ""),
            dirty=bool(values.get("dirty")),
            changes=changes if isinstance(changes, int) else 0,
        )


def describe(path: Path, *, include_uncommitted: bool = False) -> Source:
    """Look at a folder as it is now; all copies made from the result are of the same commit.

    Raises:
        SourceError: it is not a folder.
    """
    folder = path.resolve()
    if not folder.is_dir():
        raise SourceError(f"The source folder {folder} does not exist.", hint="Name another one with --source.")
    plain = Source(path=str(folder), repository=folder.name)
    top = _top(folder)
    if top is None:
        return plain
    repository = _repository(top)
    changes = git("status", "--porcelain", "-z", "--no-renames", "--", ".", cwd=folder).count("\0")
    sha = _said("rev-parse", "--verify", "--quiet", "HEAD^{commit}", cwd=folder)
    if sha is None:
        head = _said("symbolic-ref", "--quiet", "HEAD", cwd=folder) or ""
        return replace(plain, ref=head, ref_name=_short(head), repository=repository, dirty=True, changes=changes)
    prefix = folder.relative_to(top).as_posix()
    if prefix != "." and _said("rev-parse", "--verify", "--quiet", f"{sha}:{prefix}", cwd=top) is None:
        return plain
    ref = _said("symbolic-ref", "--quiet", "HEAD", cwd=folder)
    if ref is None:
        tag = _said("describe", "--exact-match", "--tags", "HEAD", cwd=folder)
        ref = f"refs/tags/{tag}" if tag else "HEAD"
    return Source(
        path=str(folder),
        sha=sha,
        ref=ref,
        ref_name=_short(ref),
        repository=repository,
        dirty=include_uncommitted,
        changes=changes,
    )


def copy(
    source: Source, parent: Path, *, avoid: Path | None = None, stop: threading.Event | None = None
) -> tuple[Path, Path]:
    """Make a working copy below `parent`; return the copy and the folder in it that corresponds to the source.

    Blocks; meant for a thread. The two differ when the source is a subfolder of a repository. What is not committed
    below `avoid`, Stateroom's own home, stays out.

    Raises:
        SourceError: the folder or the commit is gone, or it is too large to be copied without git.
        Stopped: the event was set.
    """
    folder = Path(source.path)
    stop = stop or threading.Event()
    avoid = (avoid or parent).resolve()
    if not folder.is_dir():
        raise SourceError(f"The source folder {folder} does not exist on the worker's machine.")
    top = _top(folder) if source.sha is not None or source.dirty else None
    if top is None:
        if source.sha is not None:
            raise SourceError(f"The source folder {folder} is no longer in a git repository.")
        target = parent / (folder.name or "source")
        _copy_plain(folder, target, avoid, stop)
        return target, target
    target = parent / (top.name or "source")
    if source.sha is not None:
        _clone(top, target, source.sha, stop)
    else:
        git("init", "--quiet", str(target), cwd=top, stop=stop)
    if source.dirty:
        _copy_uncommitted(top, target, source.sha, avoid=avoid, stop=stop)
    place = target / folder.relative_to(top)
    if not place.is_dir():
        raise SourceError(f"Commit {source.sha} has no folder {folder.relative_to(top)}.")
    return target, place


def _clone(top: Path, target: Path, sha: str, stop: threading.Event) -> None:
    arguments = ("--quiet", "--no-checkout", "--no-hardlinks", "--upload-pack", UPLOAD_PACK)
    git("clone", *arguments, "--", str(top), str(target), cwd=top, stop=stop)
    if _said("cat-file", "-e", f"{sha}^{{commit}}", cwd=target) is None:
        raise SourceError(f"Commit {sha} is no longer in {top}.", hint="Start a new run.")
    git("checkout", "--quiet", "--detach", sha, cwd=target, stop=stop)


def _copy_uncommitted(top: Path, target: Path, sha: str | None, *, avoid: Path, stop: threading.Event) -> None:
    """Make the copy's files what they are in the source: changed since the commit, deleted, or new."""
    if sha is None:
        paths = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=top, stop=stop)
    else:
        paths = git("diff", "--name-only", "-z", "--no-renames", "--ignore-submodules", sha, cwd=top, stop=stop)
        paths += git("ls-files", "-z", "--others", "--exclude-standard", cwd=top, stop=stop)
    names = [name for name in dict.fromkeys(paths.split("\0")) if name and not name.endswith("/")]
    for name in names:
        _remove(target / name)
    for name in names:
        _check(stop)
        if _is_there(top, Path(name)) and not (top / name).is_relative_to(avoid):
            _make_folders(target, Path(name).parent)
            _copy_file(top / name, target / name)


def _copy_plain(folder: Path, target: Path, avoid: Path, stop: threading.Event) -> None:
    files = size = 0
    target.mkdir()
    for path, relative in _walk(folder, "", [], avoid):
        _check(stop)
        if path.is_dir() and not path.is_symlink():
            (target / relative).mkdir()
            continue
        files, size = files + 1, size + path.lstat().st_size
        if files > _MOST_FILES or size > _MOST_BYTES:
            raise SourceError(
                f"The folder {folder} is too large to be copied for every run.",
                hint="Name a smaller one with --source, ignore what is not needed in .gitignore, or use git.",
            )
        _copy_file(path, target / relative)


def _walk(folder: Path, relative: str, rules: list[Rule], avoid: Path) -> Iterator[tuple[Path, str]]:
    """Yield what is not ignored, folders before what is in them."""
    rules = rules + rules_of(folder, relative)
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        name = f"{relative}/{entry.name}" if relative else entry.name
        inside = entry.is_dir(follow_symlinks=False)
        if ignored(rules, name, folder=inside) or Path(entry.path) == avoid:
            continue
        yield Path(entry.path), name
        if inside:
            yield from _walk(Path(entry.path), name, rules, avoid)


def _check(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped


def _copy_file(path: Path, target: Path) -> None:
    """Copy a file or a link; leave out what is neither, and what has gone in the meantime."""
    with contextlib.suppress(FileNotFoundError):
        if path.is_symlink():
            target.symlink_to(path.readlink())
        elif path.is_file():
            shutil.copy2(path, target, follow_symlinks=False)


def _is_there(root: Path, relative: Path) -> bool:
    """Say whether a path exists, and not only through a link that has taken the place of a folder."""
    inside = (root / parent for parent in relative.parents if parent.parts)
    return os.path.lexists(root / relative) and not any(each.is_symlink() for each in inside)


def _make_folders(root: Path, relative: Path) -> None:
    """Make folders one by one, and never through a link that stands in their place."""
    place = root
    for part in relative.parts:
        place /= part
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
        place.mkdir(exist_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()


def _top(folder: Path) -> Path | None:
    """Return the repository's working tree, or None where git finds none."""
    if not available():
        return None
    said = _said("rev-parse", "--show-toplevel", cwd=folder)
    return Path(said).resolve() if said else None


def _said(*arguments: str, cwd: Path) -> str | None:
    """Return git's one-line answer, or None if it has none."""
    try:
        return git(*arguments, cwd=cwd).removesuffix("\n")
    except SourceError:
        return None


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _repository(top: Path) -> str:
    """Return owner/name as the remote's address has it, else the folder's name."""
    address = _said("config", "--get", "remote.origin.url", cwd=top) or ""
    parts = address.rstrip("/").removesuffix(".git").replace(":", "/").split("/")
    remote = "://" in address or ("@" in address and ":" in address)
    return "/".join(parts[-2:]) if remote and len(parts) > 2 else top.name
