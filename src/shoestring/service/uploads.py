"""Forms with files, as browsers and ``curl -F`` send them, turned into the JSON that the routes know.

Read in memory and nowhere else: a parser that puts larger files on the disk would leave pictures there.
"""

import base64
import binascii
import json
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shoestring.service.declared import Declared
from shoestring.service.errors import ApiError

MAX_FIELDS = 20
MAX_HEAD = 8192
"""Bytes of the headers of all fields together."""


class Uploads:
    """Middleware: a form becomes ``{"image": Base64 of the file, other fields as text or JSON}``."""

    def __init__(self, app: ASGIApp, declared: Declared) -> None:
        self.app, self.declared = app, declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = MutableHeaders(scope=scope).get("content-type", "") if scope["type"] == "http" else ""
        form = kind.partition(";")[0].strip().lower() == "multipart/form-data"
        if not form or "pictures" not in self.declared.of(scope):
            await self.app(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        try:
            content = json.dumps(fields_of(kind, bytes(body))).encode()
        except ApiError as refusal:
            await refusal.response()(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        headers["content-type"] = "application/json"
        headers["content-length"] = str(len(content))
        handed = False

        async def again() -> Message:
            nonlocal handed
            if handed:
                return await receive()
            handed = True
            return {"type": "http.request", "body": content, "more_body": False}

        await self.app(scope, again, send)


def fields_of(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a form. Raises ApiError 400 for anything that is not a complete one."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not 1 <= len(boundary) <= 200:
        raise ApiError(400, "multipart/form-data without a boundary", "bad_form")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(body)
        parser.finalize()
    except MultipartParseError as error:
        raise ApiError(400, f"not a form: {error}", "bad_form") from None
    if not parts.complete:
        raise ApiError(400, "the form is cut off: its last boundary is missing", "bad_form")
    return parts.fields


class _Parts:
    """What the parser finds, one field after the other."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.complete = False
        self._head = 0
        self._begin()

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin, "on_part_data": self._data, "on_part_end": self._end,
            "on_header_field": self._name, "on_header_value": self._value, "on_header_end": self._header,
            "on_end": self._finish,
        }  # fmt: skip

    def _begin(self) -> None:
        self._content = bytearray()
        self._header_name, self._header_value = bytearray(), bytearray()
        self._disposition: dict[bytes, bytes] = {}
        self._encoding = b""

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header_name += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header_value += data[start:end]

    def _count(self, more: int) -> None:
        self._head += more
        if self._head > MAX_HEAD:
            raise ApiError(400, f"the heads of the fields of the form are longer than {MAX_HEAD} bytes", "bad_form")

    def _header(self) -> None:
        name = bytes(self._header_name).lower()
        if name == b"content-disposition":
            self._disposition = parse_options_header(bytes(self._header_value))[1]
        elif name == b"content-transfer-encoding":
            self._encoding = bytes(self._header_value).strip().lower()
        self._header_name, self._header_value = bytearray(), bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        name = self._disposition.get(b"name", b"").decode("utf-8", "replace")
        if not name or name in self.fields or len(self.fields) >= MAX_FIELDS:
            raise ApiError(
                400, f"the form needs up to {MAX_FIELDS} fields, each with a name of its own; {name[:40]!r}", "bad_form"
            )
        self.fields[name] = self._read(name)

    def _read(self, name: str) -> Any:
        content = bytes(self._content)
        if name == "image":
            if self._encoding == b"base64":
                return content.decode("latin-1")
            return base64.b64encode(content).decode()
        try:
            text = content.decode()
            return json.loads(text) if text.lstrip()[:1] == "{" else text
        except (ValueError, RecursionError, binascii.Error):
            raise ApiError(400, f"field {name[:40]!r} of the form is neither text nor JSON", "bad_form") from None

    def _finish(self) -> None:
        self.complete = True
