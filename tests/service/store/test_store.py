import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shoestring.core.errors import NotFoundError
from shoestring.service.store import ConflictError, NewSample, Store
from shoestring.service.store import store as stores
from shoestring.service.store.engine import writing
from shoestring.similarity.templates import Template

MATCHER = "0123456789abcdef"


def page(seed: int, points: int = 300) -> dict:
    draw = np.random.default_rng(seed)
    rows = [[round(x, 2), round(y, 2), 10 * i, 0] for i, (x, y) in enumerate(draw.normal(size=(points, 2)).tolist())]
    return {"v": 1, "pointer": "pen", "columns": ["x", "y", "t", "stroke"], "rows": rows}


def trace(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(64, 2)).astype(np.float32)


def add(store: Store, name: str, seed: int, *, genuine: bool = True, **more):
    return store.add_sample(name, drawn(seed, more.pop("notes", None)), genuine=genuine, **more)


def drawn(seed: int, notes: dict | None = None) -> NewSample:
    capture = {"strokes": page(seed), "capture": notes or {}}
    return NewSample(pointer="pen", points=300, capture=capture, trace=trace(seed).tobytes())


def template(seed: int, count: int = 1) -> Template:
    return Template(MATCHER, count, np.random.default_rng(seed).bytes(3000), 0.25)


def test_what_is_put_in_comes_out(store):
    assert store.put_person("ana", consent="agreed on paper", model="pen") is True
    first, new = add(store, "ana", 1, notes={"browser": "x"})
    add(store, "ana", 2, genuine=False)
    person = store.person("ana")
    assert new and (person.samples, person.forgeries, person.template_bytes) == (1, 1, None)
    assert store.model_of("ana") == "pen"
    assert (person.name, person.consent, person.model) == ("ana", "agreed on paper", "pen")
    assert store.sample("ana", first.id).capture == {"strokes": page(1), "capture": {"browser": "x"}}
    assert [sample.genuine for sample in store.samples("ana")] == [True, False]
    known = store.enrolment("ana", MATCHER)
    assert known.genuine == (first.id,) and known.pointers == {"pen"} and known.template is None
    assert known.traces[first.id] == trace(1).tobytes()
    assert store.counts() == {"people": 1, "samples": 2, "templates": 0}


def test_putting_a_person_again_changes_what_is_given_and_nothing_else(store):
    store.put_person("ana", consent="first", model="pen")
    assert store.put_person("ana", consent="second") is False
    assert (store.person("ana").consent, store.person("ana").model) == ("second", "pen")
    store.put_person("ana")
    assert store.person("ana").consent == "second"


def test_people_are_listed_by_name_page_after_page(store):
    names = sorted(f"person {number:02}" for number in range(25))
    for name in reversed(names):
        store.put_person(name)
    seen = []
    while page := store.people(after=seen[-1] if seen else "", limit=10):
        seen += [person.name for person in page]
    assert seen == names


def test_a_name_in_composed_and_decomposed_form_is_one_person(store):
    store.put_person("Zoe\u0308")
    assert store.put_person("Zo\u00eb") is False


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.person("nobody"),
        lambda store: store.model_of("nobody"),
        lambda store: store.samples("nobody"),
        lambda store: store.sample("nobody", "x"),
        lambda store: store.enrolment("nobody", MATCHER),
        lambda store: store.delete_sample("nobody", "x"),
        lambda store: store.forget("nobody"),
        lambda store: store.put_template("nobody", template(1), made_from=[], replaces=None),
        lambda store: add(store, "nobody", 1),
        lambda store: store.sample("ana", "x"),
        lambda store: store.delete_sample("ana", "x"),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(store, call):
    store.put_person("ana")
    with pytest.raises(NotFoundError):
        call(store)


def test_a_sample_of_one_person_cannot_be_reached_through_another(store):
    store.put_person("ana")
    store.put_person("ben")
    sample, _ = add(store, "ana", 1)
    with pytest.raises(NotFoundError):
        store.sample("ben", sample.id)
    with pytest.raises(NotFoundError):
        store.delete_sample("ben", sample.id)
    assert store.person("ana").samples == 1


def test_an_idempotency_key_keeps_one_sample(store):
    store.put_person("ana")
    store.put_person("ben")
    first, _ = add(store, "ana", 1, idempotency="k")
    again, new = add(store, "ana", 1, idempotency="k")
    assert (again.id, new) == (first.id, False)
    with pytest.raises(ConflictError):
        add(store, "ana", 2, idempotency="k")
    with pytest.raises(ConflictError):
        add(store, "ana", 1, genuine=False, idempotency="k")
    assert add(store, "ben", 1, idempotency="k")[1] is True


def test_one_key_sent_by_many_at_once_keeps_one_sample(store):
    store.put_person("ana")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: add(store, "ana", 1, idempotency="k"), range(24)))
    assert sum(new for _, new in answers) == 1
    assert len({sample.id for sample, _ in answers}) == 1 and store.person("ana").samples == 1


def test_one_person_made_by_many_at_once_is_made_once(store):
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: store.put_person("ana"), range(16))) == 1


def test_limits_hold(store):
    store.put_person("ana", at_most=1)
    with pytest.raises(ConflictError):
        store.put_person("ben", at_most=1)
    store.put_person("ana", consent="still possible", at_most=1)
    add(store, "ana", 1, at_most=1)
    with pytest.raises(ConflictError):
        add(store, "ana", 2, at_most=1)


def test_a_template_is_stored_only_for_the_samples_it_was_made_from(store):
    store.put_person("ana")
    one, _ = add(store, "ana", 1)
    assert store.put_template("ana", template(1), made_from=[], replaces=None) is False
    assert store.put_template("ana", template(1), made_from=[one.id], replaces=None) is True
    # Somebody else was faster: what was read before is no longer what is stored.
    assert store.put_template("ana", template(2), made_from=[one.id], replaces=None) is False
    assert store.put_template("ana", template(2), made_from=[one.id], replaces=template(1)) is True
    assert store.enrolment("ana", MATCHER).template == template(2)
    assert store.person("ana").template_bytes == store.template_bytes(MATCHER) == 3000
    assert store.templates(MATCHER) == {"ana": template(2)} and store.templates("f" * 16) == {}


def test_deleting_a_genuine_sample_deletes_the_template_that_holds_it(store):
    store.put_person("ana")
    one, _ = add(store, "ana", 1)
    forgery, _ = add(store, "ana", 2, genuine=False)
    store.put_template("ana", template(1), made_from=[one.id], replaces=None)
    store.delete_sample("ana", forgery.id)
    assert store.enrolment("ana", MATCHER).template is not None
    store.delete_sample("ana", one.id)
    assert store.enrolment("ana", MATCHER).template is None and store.samples("ana") == []


def test_samples_enrolled_by_many_at_once_are_all_kept(store):
    names = [f"p{number}" for number in range(4)]
    for name in names:
        store.put_person(name)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda seed: add(store, names[seed % 4], seed), range(60)))
    assert [store.person(name).samples for name in names] == [15] * 4


def test_whoever_changes_a_person_waits_for_whoever_is_changing_it(store):
    store.put_person("ana")
    with ThreadPoolExecutor(1) as pool:
        with writing(store.engine) as connection:
            stores._lock_person(connection, "ana")
            late = pool.submit(add, store, "ana", 1)
            with pytest.raises(TimeoutError):
                late.result(timeout=0.3)
        assert late.result(timeout=120)[1] is True


def test_a_person_who_was_forgotten_meanwhile_is_not_brought_back(store):
    store.put_person("ana")
    sample, _ = add(store, "ana", 1)
    made = threading.Event()
    forgotten = threading.Event()

    def slow_enrolment() -> Exception | None:
        made.set()
        forgotten.wait(120)
        try:
            store.put_template("ana", template(1), made_from=[sample.id], replaces=None)
        except NotFoundError as error:
            return error
        return None

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow_enrolment)
        made.wait(120)
        store.forget("ana")
        store.put_person("ana")
        forgotten.set()
        # The new person of the same name has other samples, so nothing of the old one is stored.
        assert late.result() is None or isinstance(late.result(), NotFoundError)
    assert store.counts() == {"people": 1, "samples": 0, "templates": 0}


def test_a_store_opened_again_holds_the_same(database):
    store = Store.open(database)
    store.put_person("ana")
    add(store, "ana", 1)
    store.close()
    again = Store.open(database)
    assert again.person("ana").samples == 1
    again.close()
