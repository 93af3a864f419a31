"""Optional packages: the error that says what to install."""

from collections.abc import Iterator
from contextlib import contextmanager

from shoestring.core.errors import MissingExtraError


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Turn the absence of a package, while importing, into MissingExtraError with the line that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "shoestring"):
            raise
        raise MissingExtraError(package, extra) from error
