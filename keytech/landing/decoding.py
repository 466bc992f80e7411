"""Bytes to text by contract encodings: strict, in a stream, with every broken place located.

An encoding fits if it has at most a quarter as many broken places as there are non-ASCII bytes. Text in another encoding
breaks far more often, a damaged file far less; so one broken byte neither loses the file nor makes UTF-8 text pass
as GB18030, where it would turn into other characters without a single error.
"""

from __future__ import annotations

import codecs
import io
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4 << 20
BROKEN = "\ufdd0"  # a noncharacter that stands for one broken place until its row has been rejected
_ASCII = bytes(range(128))
_ENOUGH = 1000  # broken places after which an encoding that does not fit is given up


class _Hopeless(Exception):
    """The text is certainly not in this encoding."""


@dataclass(frozen=True)
class BrokenPlace:
    """Where a raw text file does not decode: 1-based line, 0-based byte offset, the byte found there."""

    line: int
    offset: int
    byte: int

    def reason(self, encoding: str) -> str:
        return f"byte 0x{self.byte:02x} at offset {self.offset} (line {self.line}) is not valid {encoding}"


class TolerantDecoder:
    """A strict incremental decoder that puts BROKEN where bytes do not decode, and remembers the places.

    Line ends of every kind become one newline character.
    `line`: 1-based line that the next character belongs to; `places`: what was broken so far, in file order.
    """

    def __init__(self, encoding: str):
        self.places: list[BrokenPlace] = []
        self.line = 1
        self.fed = self.broken = self.non_ascii = 0
        self._found: list[tuple[int, int]] = []
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)

    @property
    def fits(self) -> bool:
        """Whether what was decoded so far may be in this encoding, some damage allowed for."""
        return self.broken == 0 or self.broken * 4 <= self.non_ascii

    def decode(self, block: bytes, final: bool = False) -> str:
        """The text of the next block."""
        self.fed += len(block)
        self.non_ascii += len(block.translate(None, _ASCII))
        state = self._decoder.getstate()
        self._found = []
        try:
            text = self._decoder.decode(block, final)
        except UnicodeDecodeError:
            self._decoder.setstate(state)
            text = self._decode_broken(block, final)
        text = self._newlines.decode(text, final)
        self._locate(text)
        self.line += text.count("\n")
        return text

    def _decode_broken(self, block: bytes, final: bool) -> str:
        handler = f"keytech.landing.{threading.get_ident()}"  # the registry of handlers is global
        codecs.register_error(handler, self._mark)
        self._decoder.errors = handler
        try:
            return self._decoder.decode(block, final)
        finally:
            self._decoder.errors = "strict"

    def _locate(self, text: str) -> None:
        position, line = 0, self.line
        for offset, byte in self._found:
            at = text.index(BROKEN, position)
            line += text.count("\n", position, at)
            position = at + 1
            self.places.append(BrokenPlace(line, offset, byte))

    def _mark(self, error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        self.broken += 1
        if self.broken > _ENOUGH and not self.fits:
            raise _Hopeless
        offset = self.fed - len(error.object) + error.start
        self._found.append((offset, error.object[error.start]))
        return BROKEN, error.start + 1


def blocks(path: Path, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a file, block by block; the first is short, so that a wrong encoding is soon given up."""
    with path.open("rb") as file:
        if start := file.read(1 << 16):
            yield start
        while block := file.read(size):
            yield block


def choose_encoding(parts: Iterator[bytes] | Sequence[bytes] | Path, encodings: Sequence[str]) -> str | None:
    """The first contract encoding that fits all bytes; else the one with fewest broken places, if these are rare.

    Rare: at most one broken place in twenty bytes. None if no encoding will do. `parts` is a file or its bytes.
    """
    counts: list[tuple[int, int, str]] = []
    for order, encoding in enumerate(encodings):
        decoder = TolerantDecoder(encoding)
        try:
            for block in blocks(parts) if isinstance(parts, Path) else parts:
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except _Hopeless:
            continue
        if decoder.fits:
            return encoding
        if decoder.broken * 20 <= decoder.fed:
            counts.append((decoder.broken, order, encoding))
    return min(counts)[2] if counts else None
