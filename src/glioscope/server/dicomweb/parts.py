# pyright: basic
# It speaks with python-multipart, whose types have gaps.
"""A `multipart/related` body written to files as it comes: nothing of it is held in memory."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from glioscope.reading.containers.entry import Limits
from glioscope.server.problems import Problem

_KIND, _PART = b"multipart/related", b"application/dicom"
_MOST_BOUNDARY = 200


def boundary_of(content_type: str) -> bytes:
    """What parts of the body are divided by.

    Raises:
        Problem: the body is none of DICOM files, or does not say what divides it.
    """
    kind, options = parse_options_header(content_type)
    if kind.lower() != _KIND or options.get(b"type", _PART).lower() != _PART:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "server.stow_media_type")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _MOST_BOUNDARY:
        raise Problem(HTTPStatus.BAD_REQUEST, "server.stow_body")
    return boundary


async def write_parts(boundary: bytes, body: AsyncGenerator[bytes, None], folder: Path) -> int:
    """Write each part of a body to a file of its own, `000001.dcm` and so on; how many there were.

    Raises:
        Problem: the body is broken off, not divided as it says, has too many parts or one that is
            no DICOM, or there is no room.
    """
    writer = _Writer(boundary, folder)
    try:
        async for chunk in body:
            await run_in_threadpool(writer.write, chunk)
    except FormParserError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "server.stow_body") from error
    except OSError as error:
        raise Problem.not_stored(error) from error
    finally:
        writer.close()
    if not writer.ended or not writer.parts:
        raise Problem(HTTPStatus.BAD_REQUEST, "server.stow_body")
    return writer.parts


class _Writer:
    """Follows the parser: a file is opened when the headers of a part have ended."""

    def __init__(self, boundary: bytes, folder: Path) -> None:
        self.parts, self.ended = 0, False
        self._folder = folder
        self._file: BinaryIO | None = None
        self._name = self._value = b""
        self._kind = _PART
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self.close,
                "on_end": self._end,
            },
        )

    def write(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def close(self) -> None:
        if self._file:
            self._file.close()
        self._file = None

    def _begin(self) -> None:
        self.parts += 1
        self._kind = _PART
        self._name = self._value = b""
        most = Limits().entries
        if self.parts > most:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "server.stow_parts", most=most)

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-type":
            self._kind = parse_options_header(self._value)[0].lower()
        self._name = self._value = b""

    def _open(self) -> None:
        if self._kind != _PART:
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "server.stow_media_type")
        self._file = (self._folder / f"{self.parts:06d}.dcm").open("wb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file:
            self._file.write(data[start:end])

    def _end(self) -> None:
        self.ended = True
