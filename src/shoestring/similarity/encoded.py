"""Items that an encoder has already turned into vectors: what may be kept where the items themselves may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shoestring.core import config
from shoestring.core.errors import BadDataError
from shoestring.similarity import matcher_files
from shoestring.similarity.encoders import EncoderNetwork


@dataclass(frozen=True, eq=False)
class Encoded:
    """The vector of an item that is gone. Equal only to itself, as the items that matchers remember are."""

    vector: NDArray[np.float32]
    """[D] as the encoder made it."""
    maker: str
    """Fingerprint of that encoder; another one's matcher refuses the vector."""


@runtime_checkable
class EncodingMatcher(Protocol):
    """A :class:`~shoestring.similarity.templates.Matcher` that compares vectors only, so that it also takes Encoded."""

    maker: str
    """Fingerprint of its encoder: of the settings and weights that a vector depends on, and of nothing else."""

    def encoded(self, items: Sequence[Any]) -> list[Encoded]:
        """The vectors of items, to be kept instead of them."""
        ...


def encoder_fingerprint(encoder: EncoderNetwork) -> str:
    """16 hexadecimal digits that change with the settings and with any bit of the weights."""
    return matcher_files.fingerprint(config.as_table(encoder.config), matcher_files.join(encoder=encoder.state_dict()))


def vectors_of(encoder: EncoderNetwork, maker: str, items: Sequence[Any]) -> NDArray[np.float32]:
    """[N, D]: of an :class:`Encoded` the vector that it carries, of any other item what ``encoder`` makes of it.

    Raises BadDataError for a vector that another encoder made, or one that is damaged.
    """
    known = {place: item for place, item in enumerate(items) if isinstance(item, Encoded)}
    for item in known.values():
        if item.maker != maker:
            raise BadDataError(
                f"a stored vector was made by encoder {item.maker}, this model has {maker}: enrol the person again"
            )
        if item.vector.shape != (encoder.width,) or not np.isfinite(item.vector).all():
            raise BadDataError(f"a stored vector of shape {item.vector.shape} is damaged: enrol the person again")
    rows = np.empty((len(items), encoder.width), dtype=np.float32)
    fresh = [place for place in range(len(items)) if place not in known]
    if fresh:
        rows[fresh] = encoder.encode([items[place] for place in fresh])
    for place, item in known.items():
        rows[place] = item.vector
    return rows


def encode_items(encoder: EncoderNetwork, maker: str, items: Sequence[Any]) -> list[Encoded]:
    """What :meth:`EncodingMatcher.encoded` answers."""
    return [Encoded(row, maker) for row in vectors_of(encoder, maker, items)]
