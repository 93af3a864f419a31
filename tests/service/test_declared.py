"""A contract over all routes: what they declare is what they do."""

import inspect
import re

import pytest
from starlette.routing import Route

from shoestring.service.app import PARTS, create_app
from shoestring.service.declared import Declared, declares, traits_of
from tests.service.test_people import error
from tests.service.test_security import READ, TOKEN, bearer

ROUTES = [route for part in PARTS for route in part.router.routes]
BROKEN = {"content": b"{", "headers": {"Content-Type": "application/json"}}


def verbs():
    """Every method and path that is not a plain reading one, with an example of each path."""
    for route in ROUTES:
        assert isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            yield pytest.param(route, method, re.sub(r"\{[^}]+\}", "some", route.path), id=f"{method} {route.path}")


CHANGING = [one for one in verbs() if one.values[1] != "GET"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory, verifier):
    """One server for all routes: nothing here changes it."""
    from fastapi.testclient import TestClient

    from shoestring.service.models import Models
    from shoestring.service.settings import Settings

    home = tmp_path_factory.mktemp("declared")
    models = Models({}, default="pen")
    models.add("pen", verifier)
    settings = Settings(
        runs=home / "runs", database=f"sqlite:///{home / 'people.sqlite'}", warm=False, token=TOKEN, read_token=READ
    )
    with TestClient(create_app(settings, models=models), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize(("route", "method", "path"), CHANGING)
def test_the_read_token_opens_what_declares_that_it_reads_and_nothing_else(shared, route, method, path):
    answer = shared.request(method, path, content=b"{", headers={**BROKEN["headers"], **bearer(READ)})
    refused = answer.status_code == 403 and error(answer)[1] == "read_only_token"
    assert refused == ("reads" not in traits_of(route))


@pytest.mark.parametrize(("route", "method", "path"), list(verbs()))
def test_a_full_gate_turns_away_what_declares_that_it_computes_and_nothing_else(shared, route, method, path):
    gate = shared.app.state.service.gate
    if method == "GET" and "/events" in path:
        pytest.skip("an endless answer")
    gate.pending, before = gate.capacity, gate.pending
    try:
        answer = shared.request(
            method, path, content=b"{" if method != "GET" else None, headers={**BROKEN["headers"], **bearer(TOKEN)}
        )
    finally:
        gate.pending = before
    turned_away = answer.status_code == 429 and error(answer)[1] == "queue_full"
    assert turned_away == ("computes" in traits_of(route)), answer.text


@pytest.mark.parametrize(("route", "method", "path"), list(verbs()))
def test_who_uses_the_gate_declares_it(route, method, path):
    uses = "gate.run(" in inspect.getsource(route.endpoint)
    assert uses == ("computes" in traits_of(route))


@pytest.mark.parametrize(("route", "method", "path"), CHANGING)
def test_forms_are_for_routes_that_take_pictures(shared, route, method, path):
    form = {"Content-Type": "multipart/form-data; boundary=x", **bearer(TOKEN)}
    answer = shared.request(method, path, content=b"--x", headers=form)
    assert (answer.status_code == 415) == ("pictures" not in traits_of(route)), answer.text


def test_the_first_route_that_fits_decides_as_in_the_router():
    async def endpoint(request):
        raise AssertionError

    def made(path, method, *traits):
        route = Route(path, endpoint, methods=[method])
        route.openapi_extra = declares(*traits)
        return route

    found = Declared([made("/a/b", "POST", "reads"), made("/a/{x}", "POST", "computes"), made("/a/{x}", "PUT")])
    scope = {"type": "http", "method": "POST", "path": "/a/b"}
    assert found.of(scope) == {"reads"} and found.of({**scope, "path": "/a/c"}) == {"computes"}
    assert not found.of({**scope, "method": "PUT"}) and not found.of({**scope, "path": "/a/b/c"})
    assert not found.of({**scope, "type": "lifespan"})
