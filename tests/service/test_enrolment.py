import pytest

from shoestring.service.enrolment import refresh_template, timestamp
from shoestring.service.errors import ApiError
from shoestring.service.people import SampleBody
from shoestring.service.signatures import Signatures, read_strokes
from shoestring.service.store import Store


def add(store, page, name="ana", genuine=True):
    given = Signatures().prepare(read_strokes(page)[0], SampleBody(strokes=page), None, keep_images=False)
    return store.add_sample(name, given.kept, genuine=genuine)[0]


@pytest.fixture
def own(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    store.put_person("ana")
    yield store
    store.close()


def test_a_sample_that_arrives_while_the_template_is_made_is_in_it(own, verifier, pages, monkeypatch):
    add(own, pages[0][0])
    real, calls = verifier.enrol, []

    def enrol(items):
        calls.append(len(items))
        if len(calls) == 1:
            add(own, pages[0][1])
        return real(items)

    monkeypatch.setattr(verifier, "enrol", enrol)
    assert refresh_template(own, verifier, "ana").count == 2 and calls == [1, 2]
    assert own.enrolment("ana", verifier.fingerprint).template.count == 2


def test_samples_that_change_all_the_time_are_given_up_on(own, verifier, pages, monkeypatch):
    add(own, pages[0][0])
    monkeypatch.setattr(own, "put_template", lambda *_, **__: False)
    with pytest.raises(ApiError) as refusal:
        refresh_template(own, verifier, "ana")
    assert refusal.value.status == 503


def test_forgeries_alone_make_no_template(own, verifier, pages):
    add(own, pages[0][8], genuine=False)
    with pytest.raises(ApiError) as refusal:
        refresh_template(own, verifier, "ana")
    assert refusal.value.status == 409


def test_what_had_to_be_mended_is_told(pages):
    page = pages[0][0]
    twice = page | {"rows": [row for row in page["rows"] for _ in range(2)]}
    assert read_strokes(page)[1] == [] and "repeat" in " ".join(read_strokes(twice)[1])


def test_time_is_written_in_utc():
    assert timestamp(0) == "1970-01-01T00:00:00Z" and timestamp(1795378764.7) == "2026-11-22T20:19:24Z"
