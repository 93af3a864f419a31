from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families

from tests.service.test_people import enrol


def values(client) -> dict:
    text = client.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(found, method, route, status):
    labels = (("method", method), ("route", route), ("status", status))
    return found.get(("shoestring_requests_total", labels), 0)


def test_requests_are_counted_by_template_and_status(client, pages):
    enrol(client, "ana", pages[0][:3])
    client.get("/v1/people/nobody")
    client.get("/nothing")
    client.get("/static/app.js")
    client.get("/", headers={"Host": "evil.example"})
    client.request("BREW", "/v1/people")
    found = values(client)
    assert requests(found, "PUT", "/v1/people/{person}", "201") == 1
    assert requests(found, "POST", "/v1/people/{person}/samples", "201") == 3
    assert requests(found, "GET", "/v1/people/{person}", "404") == 1
    assert requests(found, "GET", "none", "404") == 1 and requests(found, "GET", "none", "403") == 1
    assert requests(found, "GET", "/static", "200") == 1
    assert requests(found, "other", "/v1/people", "405") == 1
    labels = (("method", "POST"), ("route", "/v1/people/{person}/samples"))
    assert found["shoestring_request_seconds_count", labels] == 3
    assert found["shoestring_request_seconds_sum", labels] > 0
    assert found["shoestring_people_rows", ()] == 1 and found["shoestring_samples_rows", ()] == 3
    assert found["shoestring_queue", ()] == 0 and found["shoestring_requests_in_flight", ()] == 1


def test_no_name_of_a_person_gets_into_a_metric_or_the_log(client, pages, caplog, capfd):
    name = "Ana Geheimnis"
    enrol(client, name, pages[0][:1])
    client.get(f"/v1/people/{quote(name)}/nothing/at/all")
    client.post("/v1/verify", json={"person": name, "strokes": {}})
    client.delete(f"/v1/people/{quote(name)}")
    said = client.get("/metrics").text + caplog.text + "".join(capfd.readouterr())
    assert "Geheimnis" not in said and "shoestring_requests_total" in said
