"""What a route says of itself where it is defined, for the layers that see a request before its route does."""

from collections.abc import Iterable
from typing import Any, Literal

from starlette.routing import BaseRoute, Route
from starlette.types import Scope

Trait = Literal["computes", "reads", "pictures"]
"""``computes``: goes through the gate, and is sent away unread while that is full. ``reads``: changes nothing although
its method could, so that the read token suffices. ``pictures``: takes files, as a form and with more bytes."""
KEY = "x-shoestring"
"""Where it is told in OpenAPI."""


def declares(*traits: Trait) -> dict[str, list[Trait]]:
    """For ``openapi_extra`` of a route."""
    return {KEY: sorted(traits)}


class Declared:
    """The traits of all routes, found as the router finds a route: by method and path, the first that fits."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = [(route, traits_of(route)) for route in routes if isinstance(route, Route)]

    def of(self, scope: Scope) -> frozenset[Trait]:
        """The traits of the route that will answer ``scope``; none where there is no such route."""
        if scope["type"] != "http":
            return frozenset()
        for route, traits in self._routes:
            if scope["method"] in (route.methods or ()) and route.path_regex.match(scope["path"]):
                return traits
        return frozenset()


def traits_of(route: BaseRoute) -> frozenset[Trait]:
    """What a route declared."""
    extra: dict[str, Any] = getattr(route, "openapi_extra", None) or {}
    return frozenset(extra.get(KEY, ()))
