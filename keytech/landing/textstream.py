"""A text file as the UTF-8 byte stream that Arrow reads: decoded, counted, never whole in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from keytech.landing.decoding import TolerantDecoder, blocks

HEAD = 1 << 16


class TextStream(io.RawIOBase):
    """The file as UTF-8 bytes, read by Arrow; text before the first record is skipped."""

    def __init__(self, path: Path, encoding: str):
        super().__init__()
        with path.open("rb") as file:
            has_mark = file.read(3) == b"\xef\xbb\xbf"
        utf8 = encoding.startswith("utf-8")
        self.encoding = ("utf-8-sig" if has_mark else "utf-8") if utf8 else encoding
        self.decoder = TolerantDecoder("utf-8-sig" if utf8 else encoding)
        self.quoted = False
        self._texts = self._decode(path)
        self._pending = ""
        self._bytes = b""

    def _decode(self, path: Path) -> Iterator[str]:
        for block in blocks(path):
            yield self._clean(self.decoder.decode(block))
        yield self._clean(self.decoder.decode(b"", final=True))

    def _clean(self, text: str) -> str:
        self.quoted = self.quoted or '"' in text
        return text

    def head(self) -> str:
        """The first characters, up to HEAD, cut after a line unless the file is shorter."""
        while len(self._pending) < HEAD and (text := next(self._texts, None)) is not None:
            self._pending += text
        if len(self._pending) <= HEAD:
            return self._pending
        return self._pending[: self._pending.rfind("\n", 0, HEAD) + 1 or HEAD]

    def skip(self, characters: int) -> None:
        self._pending = self._pending[characters:]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, have = [self._bytes], len(self._bytes)
        while size < 0 or have < size:
            text = self._pending or next(self._texts, None)
            self._pending = ""
            if text is None:
                break
            parts.append(text.encode("utf-8"))
            have += len(parts[-1])
        data = b"".join(parts)
        cut = len(data) if size < 0 else size
        self._bytes = data[cut:]
        return data[:cut]
