"""A vendor's file as it lies in the folder: plain, packed with gzip or zstd, or a member of a zip archive."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa

ZIP, GZIP, ZSTD = b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PACKED = (".gz", ".gzip", ".zst", ".zstd")
# A workbook is a zip archive too, but one file to its owner.
WORKBOOK = ("[Content_Types].xml", "mimetype")
# What unpacking raises, zipfile's own slips on a damaged directory included.
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, pa.ArrowException, IndexError, ValueError, RuntimeError)
CHUNK = 1 << 16
BUFFER = 1 << 20


class Damaged(OSError):
    """A file that ends too early or cannot be unpacked; what came before the damage was read."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export: ``path`` on disk and, within a zip archive, the ``member``.

    ``start`` and ``stop`` bound a span of whole lines, the first of which is ``first_line``; a ``stop`` of 0 means all.
    ``sample`` is how many rows recognition looks at. ``seen`` keeps what one format read of it for the next that looks.
    """

    path: Path
    member: str = ""
    start: int = 0
    stop: int = 0
    first_line: int = 1
    sample: int = 2000
    seen: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The export's own file name, without the suffix of its packing."""
        name = PurePosixPath(self.member or self.path.name).name
        stem, dot, suffix = name.rpartition(".")
        return stem if dot and f".{suffix.lower()}" in PACKED else name

    @property
    def suffix(self) -> str:
        """The suffix of its own name, in lower case: `.csv`."""
        return PurePosixPath(self.name).suffix.lower()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked. Raises Damaged at the end when some could not be unpacked, and at once when none can."""
        raw = Unpacked(self)
        with raw, io.BufferedReader(raw, BUFFER) as file:
            yield file
        if raw.problem:
            raise Damaged(f"the packed file is damaged ({type(raw.problem).__name__})") from raw.problem

    def head(self, size: int) -> bytes:
        """The first bytes, unpacked, as far as they can be."""
        return b"".join(self.blocks(size, limit=1))

    def blocks(self, size: int, limit: int = 0) -> Iterator[bytes]:
        """All bytes (or so many blocks of them), unpacked, up to where a damage ends them; nothing is said of it."""
        raw = Unpacked(self)
        with raw, io.BufferedReader(raw, BUFFER) as file:
            count = 0
            while (not limit or count < limit) and (block := file.read(size)):
                yield block
                count += 1


class Span:
    """The next so many bytes of a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.left = file, size

    def read(self, size: int) -> bytes:
        """At most ``size`` of them."""
        data = self.file.read(min(size, self.left))
        self.left -= len(data)
        return data


class Unpacked(io.RawIOBase):
    """The unpacked bytes of an export; a damage ends them and is kept in ``problem``."""

    def __init__(self, export: Export) -> None:
        self.export = export
        self.problem: Exception | None = None
        self.count = 0  # bytes given
        self.parts: list[Any] = []  # what to close, the innermost first
        try:
            self.source = self.unpacked(export)
        except DAMAGE as problem:
            self.close()
            raise Damaged(f"the file cannot be opened ({type(problem).__name__})") from problem

    def unpacked(self, export: Export) -> Any:
        """The stream of plain bytes."""
        if export.member:
            archive = zipfile.ZipFile(export.path)
            self.parts.insert(0, archive)
            file: Any = archive.open(export.member)
        else:
            file = export.path.open("rb")
        self.parts.insert(0, file)
        if export.stop:
            file.seek(export.start)
            return Span(file, export.stop - export.start)
        start = file.read(4)
        file.seek(0)
        if start.startswith(GZIP):
            file = gzip.GzipFile(fileobj=file)
        elif start.startswith(ZSTD):
            file = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
        else:
            return file
        self.parts.insert(0, file)
        return file

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the bytes go."""
        if self.problem:
            return 0
        size = min(len(buffer), CHUNK)
        try:
            if isinstance(self.source, io.BufferedReader):  # plain, so it need not be copied piece by piece
                count = self.source.readinto(buffer)
                self.count += count
                return count
            data = self.source.read(size)
        except DAMAGE as problem:
            self.problem = problem
            data = self.salvaged(size)
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def salvaged(self, size: int) -> bytes:
        """What can still be had of the piece in which the damage lies: unpacked once more, byte by byte."""
        found = bytearray()
        with suppress(*DAMAGE):  # the same damage again, as expected: ``problem`` holds it, and `opened` raises it
            again = self.unpacked(self.export)
            left = self.count
            while left:
                left -= len(again.read(min(left, CHUNK)))
            while len(found) < size and (byte := again.read(1)):
                found += byte
        return bytes(found)

    def close(self) -> None:
        """Close the file and what unpacks it."""
        for part in self.parts:
            with suppress(*DAMAGE):  # a damaged stream may not even close
                part.close()
        self.parts = []
        super().close()


def spans_of(export: Export, size: int) -> Iterator[Export]:
    """A plain file in spans of whole lines, each of about ``size`` bytes."""
    end = export.path.stat().st_size
    start, first_line = 0, 1
    with export.path.open("rb") as file:
        while start < end:
            data = file.read(size)
            data += file.readline()
            yield Export(export.path, start=start, stop=start + len(data), first_line=first_line)
            start, first_line = start + len(data), first_line + data.count(b"\n")


def is_packed(export: Export) -> bool:
    """Whether the bytes on disk are not the export's own."""
    if export.member:
        return True
    with export.path.open("rb") as file:
        return file.read(4).startswith((GZIP, ZSTD, ZIP))


def exports_of(path: Path) -> list[Export]:
    """The exports in a file: the members of a zip archive in the order of their names, else the file itself."""
    try:
        with path.open("rb") as file:
            is_zip = file.read(4) == ZIP
        if not is_zip:
            return [Export(path)]
        with zipfile.ZipFile(path) as archive:
            members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except DAMAGE:
        return [Export(path)]  # told as a file that cannot be read where it is read
    if any(name in members for name in WORKBOOK):
        return [Export(path)]
    shown = [name for name in members if not any(part.startswith((".", "__MACOSX")) for part in name.split("/"))]
    return [Export(path, name) for name in shown]
