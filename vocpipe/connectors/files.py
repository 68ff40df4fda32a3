"""Files at an address that fsspec knows: s3://, https://, sftp://, a shared folder. New and changed ones are fetched.

fsspec comes with vocpipe; what a protocol needs beside it (s3fs for s3://, aiohttp for https://) is an extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from vocpipe.connectors.jobs import Job
from vocpipe.contracts import RunError, UsageError

VENDOR = "files"
OPTIONS = {"path": "address with wildcards, such as s3://bucket/exports/*.csv"}
NEEDS = ("path",)
MARKS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created", "size")  # what tells versions apart


def pull(job: Job) -> Iterator[Path]:
    """Every file that is new or has changed since the last pull, under its own name."""
    store, paths = opened(job)
    known: dict[str, str] = job.cursor.setdefault("files", {})
    names = names_of(paths)
    for path in paths:
        version = version_of(store, path)
        if known.get(path) == version:
            continue
        try:
            content = store.cat_file(path)
        except OSError as problem:
            raise RunError(
                f"a file of connector {job.name!r} cannot be fetched ({type(problem).__name__})."
            ) from problem
        yield job.land(names[path], content)
        known[path] = version
        job.save()


def opened(job: Job) -> tuple[Any, list[str]]:
    """The store, and the paths of its files that the address names."""
    import fsspec

    given = {"token": job.token} if job.token else {}
    try:
        store, path = fsspec.core.url_to_fs(job.options["path"], **given)
        found = [found for found in sorted(store.glob(path)) if not store.isdir(found)]
    except (ImportError, ValueError) as problem:
        raise UsageError(
            f"connector {job.name!r}: this kind of address needs a package that is not installed ({problem})."
        ) from problem
    except OSError as problem:
        raise RunError(f"connector {job.name!r}: its address does not answer ({type(problem).__name__}).") from problem
    return store, found


def version_of(store: Any, path: str) -> str:
    """What tells this version of a file from others, as far as the store says."""
    info = store.info(path)
    return " ".join(str(info[mark]) for mark in MARKS if info.get(mark) is not None)


def names_of(paths: list[str]) -> dict[str, str]:
    """Names to land files under: their own, with the folders before it where two are alike."""
    plain = [PurePosixPath(path.split("?")[0]).name for path in paths]
    return {
        path: name if plain.count(name) == 1 else "_".join(PurePosixPath(path.split("?")[0]).parts[-2:])
        for path, name in zip(paths, plain, strict=True)
    }
