from tests.service.test_people import error


def test_a_name_in_an_address_is_cleaned_before_any_route_sees_it(client):
    assert client.put("/v1/people/Zoe%CC%88").json()["name"] == "Zo\u00eb"
    assert client.get("/v1/people/Zo%C3%AB").status_code == 200
    assert error(client.get("/v1/people/" + "x" * 1001))[0] == 422


def test_what_the_routes_share_belongs_to_the_application(client):
    service = client.app.state.service
    assert service.closing() is False and service.streams == 0 and service.gate.pending == 0
