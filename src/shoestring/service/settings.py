"""What can be set about the service: by the caller, or by ``SHOESTRING_*`` in the environment."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from shoestring.core.errors import ConfigError
from shoestring.core.places import collections_url, home_folder
from shoestring.papers.reproducing import DOCS

DEFAULT_PORT = 8321


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the service listens, what it serves and what it refuses."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 takes any free port."""
    runs: Path = Path("runs")
    database: str = ""
    """SQLAlchemy URL of the store of people; empty for ``people.sqlite`` in the home folder of shoestring."""
    token: str = ""
    """Allows everything. Empty: none is needed, which only a loopback address may do."""
    read_token: str = ""
    """Allows reading and verifying, and changes nothing."""
    hosts: tuple[str, ...] = ()
    """Further names under which clients reach this server, without port."""
    origins: tuple[str, ...] = ()
    """Further web origins whose pages may write, such as ``https://studio.example``."""
    papers: Path = DOCS
    """Where the results of ``shoestring reproduce`` lie."""
    models: Mapping[str, Path] = field(default_factory=dict)
    """Further model folders by name."""
    default_model: str = "pen"
    """For signatures."""
    picture_model: str = ""
    """For faces and other pictures; empty for the newest that there is."""
    keep_images: bool = False
    """Keep the crop of each enrolled picture, and not only its vector."""
    identify_faces: bool = False
    """Allow to look for a face among everybody who agreed to it."""
    warm: bool = True
    """Load the default model when the server starts rather than at its first use."""
    max_body: int = 2 * 2**20
    """Bytes of a request body."""
    max_image: int = 12 * 2**20
    """Bytes of a request body that may hold a picture: a file of 8 MiB in Base64 fits."""
    body_seconds: float = 30.0
    """A body must have arrived within this time."""
    workers: int = 2
    """Threads that compute."""
    queue: int = 64
    """Computations that may wait; further ones are told to come back."""
    max_people: int = 1_000_000
    max_samples: int = 200
    """Samples kept of one person."""
    max_collections: int = 1000
    max_rows: int = 1_000_000
    """Rows of one collection."""
    max_items: int = 1000
    """Items of one request."""
    max_compared: int = 20_000
    """Rows of a collection whose pairs a request may have compared: the work grows with the square."""
    max_mapped: int = 200_000
    """Rows of a collection that a request may have drawn as a map."""
    max_streams: int = 32
    """Event streams at a time."""
    max_jobs: int = 2
    """Training runs started here that may be going at a time."""
    stop_seconds: float = 20.0
    """How long a training run may take to write its checkpoint when the server ends."""

    def __post_init__(self) -> None:
        for token in (self.token, self.read_token):
            if token and (len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token):
                raise ConfigError("a token needs at least 16 printable ASCII characters without blanks")
        if self.token and self.token == self.read_token:
            raise ConfigError("the token and the read token must differ")
        if self.read_token and not self.token:
            raise ConfigError("a read token needs a token beside it, or nobody could be refused")
        if not self.loopback and not self.token:
            raise ConfigError(
                f"refusing to listen on {self.host} without a token: anybody on the network could read and delete "
                "people; set SHOESTRING_TOKEN (or --token-file), or listen on 127.0.0.1"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **flags: Any) -> Self:
        """Settings from ``SHOESTRING_RUNS, _DATABASE, _TOKEN, _READ_TOKEN``; ``flags`` that are not None win."""
        found: dict[str, Any] = {
            "runs": Path(environment.get("SHOESTRING_RUNS") or "runs"),
            "database": environment.get("SHOESTRING_DATABASE", ""),
            "token": environment.get("SHOESTRING_TOKEN", ""),
            "read_token": environment.get("SHOESTRING_READ_TOKEN", ""),
        }
        return cls(**found | {name: value for name, value in flags.items() if value is not None})

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)

    @property
    def database_url(self) -> str:
        """The store, with the default filled in."""
        return self.database or f"sqlite:///{home_folder() / 'people.sqlite'}"

    @property
    def collections_url(self) -> str:
        """Where collections are kept; see :func:`shoestring.core.places.collections_url`."""
        return collections_url(self.database)

    def limits(self) -> dict[str, float]:
        """What is printed at start and told in ``/v1/info``."""
        names = (
            "max_body", "max_image", "body_seconds", "workers", "queue", "max_people", "max_samples", "max_streams",
            "max_jobs", "max_collections", "max_rows", "max_items", "max_compared", "max_mapped",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and loopback addresses, with or without brackets."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
