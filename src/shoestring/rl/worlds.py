"""From the stored configuration of an environment to the environment itself."""

import typing
from collections.abc import Mapping
from typing import Any

import numpy as np

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import ConfigError
from shoestring.rl.batch import Environment
from shoestring.rl.envs import BatchedEnvironment, FiniteEnvironment, Gymnasium
from shoestring.rl.finite import FiniteBatch

LARGEST = 500
"""Of any length or side of a finite environment; its table is made state by state."""


@component
class World:
    """One environment of either family."""

    environment: BatchedEnvironment | FiniteEnvironment


def environment_of(settings: Mapping[str, Any], source: str = "model") -> BatchedEnvironment | FiniteEnvironment:
    """The component that ``settings``, a table with ``kind``, describe; they may come from anywhere.

    Raises:
        ConfigError: they describe no environment, or a finite one that is too large.
    """
    if not settings:
        raise ConfigError(f"{source} does not say which environment it is for")
    found = config.load(World, [config.Layer(source, {"environment": dict(settings)})]).environment
    if isinstance(found, typing.get_args(FiniteEnvironment)):
        for name, value in settings.items():
            if name in ("length", "size") and isinstance(value, int) and value > LARGEST:
                raise ConfigError(f"{source}: {name}={value} is more than {LARGEST}, too large to be tabulated here")
    return found


def open_world(
    settings: Mapping[str, Any], size: int, rng: np.random.Generator, *, source: str = "model", imports: bool = False
) -> Environment:
    """``size`` copies of the environment of ``settings``; ``imports`` allows ids that name a module to import.

    Raises:
        ConfigError: see :func:`environment_of`; or an id names a module, which a file may not decide.
        MissingExtraError, NotFoundError: Gymnasium, or the environment, is not installed.
    """
    environment = environment_of(settings, source)
    if isinstance(environment, Gymnasium) and ":" in environment.id and not imports:
        raise ConfigError(
            f"{source}: environment {environment.id!r} names a module to import, which a stored model may not decide; "
            f"give it yourself: --environment {environment.id}"
        )
    if isinstance(environment, typing.get_args(FiniteEnvironment)):
        return FiniteBatch(environment.to_mdp(), size, rng)
    return environment.build(size, rng)
