"""One envelope for everything that goes wrong: ``{"error": {"message", "type", "param", "code"}}``."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from shoestring.core.errors import (
    BadDataError,
    BudgetExhaustedError,
    ConfigError,
    MissingExtraError,
    NotFoundError,
    ShoestringError,
)
from shoestring.service.store import ConflictError

TYPES = {
    400: "invalid_request", 401: "authentication", 403: "permission", 404: "not_found", 405: "invalid_request",
    408: "timeout", 409: "conflict", 413: "too_large", 415: "unsupported_media_type", 422: "invalid_data",
    429: "overloaded", 500: "internal", 503: "unavailable",
}  # fmt: skip
STATUS: dict[type[ShoestringError], int] = {
    ConflictError: 409, ConfigError: 400, NotFoundError: 404, BadDataError: 422, BudgetExhaustedError: 409,
    MissingExtraError: 503,
}  # fmt: skip


class ApiError(ShoestringError):
    """An answer other than success, with everything the envelope says."""

    def __init__(
        self, status: int, message: str, code: str, *, param: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

    def response(self) -> JSONResponse:
        """The envelope as a response."""
        return envelope(self.status, str(self), self.code, self.param, self.headers)


def envelope(
    status: int, message: str, code: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The envelope with the type that belongs to ``status``."""
    error = {"message": message, "type": TYPES.get(status, "invalid_request"), "param": param, "code": code}
    return JSONResponse({"error": error}, status, headers)


def install(app: FastAPI) -> None:
    """Answer every kind of failure with the envelope. What nobody foresaw is caught by ``metrics.Observe``."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(ShoestringError, _user_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _store_error)
    app.add_exception_handler(PoolTimeoutError, _store_error)


async def _api_error(_: Request, error: Any) -> JSONResponse:
    response: JSONResponse = error.response()
    return response


async def _user_error(_: Request, error: Exception) -> JSONResponse:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    return envelope(status, str(error), TYPES[status])


async def _validation_error(_: Request, error: Any) -> JSONResponse:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or None
    if first["type"] == "json_invalid":
        return envelope(
            400, f"the body is not valid JSON: {first['ctx']['error']} at character {place}", "invalid_json"
        )
    if first["type"] == "unexpected_keyword_argument":
        return envelope(422, f"unknown field {place!r}", "unknown_field", place)
    if first["loc"] == ("body",) and first["type"] in {"missing", "dataclass_type"}:
        return envelope(422, "the body must be a JSON object", "missing_body")
    return envelope(422, f"{place}: {first['msg']}", first["type"], place)


async def _http_error(_: Request, error: Any) -> JSONResponse:
    codes = {400: "bad_request", 404: "unknown_route", 405: "method_not_allowed"}
    messages = {404: "there is nothing at this address", 405: "this address does not know that method"}
    message = messages.get(error.status_code, str(error.detail))
    code = codes.get(error.status_code, TYPES.get(error.status_code, "error"))
    return envelope(error.status_code, message, code, headers=error.headers)


async def _store_error(_: Request, error: Any) -> JSONResponse:
    # The text of the driver may hold values; its class and the well-known cases are enough to act on.
    reason = str(getattr(error, "orig", error)).lower()
    if "full" in reason or "no space left" in reason:
        return envelope(
            503, "the disk of the store is full; nothing was changed", "store_full", headers={"Retry-After": "60"}
        )
    if "readonly" in reason or "read-only" in reason:
        return envelope(503, "the store cannot be written", "store_read_only", headers={"Retry-After": "60"})
    return envelope(503, "the store does not answer", "store_unavailable", headers={"Retry-After": "5"})
