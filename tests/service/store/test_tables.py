import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import IntegrityError

from shoestring.core.errors import BadDataError
from shoestring.service.store import SIGNATURE, NewSample, Store, clean_name
from shoestring.service.store.engine import reading, writing
from shoestring.service.store.records import pack
from shoestring.service.store.tables import marked, samples, unmarked
from tests.service.store.test_store import add


@given(st.text(min_size=1, max_size=20))
def test_marks_come_off_again_and_no_marked_name_lies_inside_another(name):
    try:
        name = clean_name(name)
    except BadDataError:
        return
    assert unmarked(marked(name)) == name
    assert marked(name) not in marked("x" + name) and marked(name) not in marked(name + "x")


def test_a_sample_needs_a_person(store):
    row = {"id": "x", "person": 12345, "genuine": True, "pointer": "pen", "points": 1, "created": 0.0}
    with pytest.raises(IntegrityError), writing(store.engine) as connection:
        connection.execute(insert(samples).values(**row, capture=b"", trace=b""))


def test_postgresql_stores_captures_without_compressing_them(postgres_url):

    store = Store.open(postgres_url)
    with reading(store.engine) as connection:
        query = text(
            "SELECT attname FROM pg_attribute WHERE attstorage = 'e' AND attrelid IN "
            "('samples'::regclass, 'templates'::regclass, 'people'::regclass)"
        )
        assert set(connection.scalars(query)) == {"capture", "trace", "vector", "image", "body", "consent"}
    store.close()


def test_numbers_of_people_are_never_given_twice(store):
    store.put_person("ana")
    add(store, "ana", 1)
    with reading(store.engine) as connection:
        first = connection.scalar(text("SELECT id FROM people"))
    store.forget("ana")
    store.put_person("ben")
    with reading(store.engine) as connection:
        assert connection.scalar(text("SELECT id FROM people")) > first


LAYOUT_1 = (
    "CREATE TABLE store_info (version INTEGER PRIMARY KEY)",
    "INSERT INTO store_info VALUES (1)",
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, model TEXT, consent TEXT, "
    "created FLOAT NOT NULL)",
    "CREATE TABLE samples (id TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE, "
    "genuine BOOLEAN NOT NULL, pointer TEXT NOT NULL, points INTEGER NOT NULL, created FLOAT NOT NULL, "
    "capture {blob} NOT NULL, trace {blob} NOT NULL, idempotency TEXT, UNIQUE (person, idempotency))",
    "CREATE TABLE templates (person INTEGER REFERENCES people (id) ON DELETE CASCADE, matcher TEXT, "
    "body {blob} NOT NULL, bytes INTEGER NOT NULL, changed FLOAT NOT NULL, PRIMARY KEY (person, matcher))",
    "INSERT INTO people (id, name, consent, created) VALUES (7, :name, 'on paper', 1.5)",
    "INSERT INTO samples VALUES ('s1', 7, :genuine, 'pen', 3, 2.5, :capture, :trace, NULL)",
)


def test_a_store_of_layout_1_keeps_its_people_and_takes_pictures(database):
    values = {"name": marked("ana"), "genuine": True, "capture": pack({"strokes": {}, "capture": {}}), "trace": b"abcd"}
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    blob = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
    with engine.begin() as connection:
        for statement in LAYOUT_1:
            used = {key: value for key, value in values.items() if f":{key}" in statement}
            connection.execute(text(statement.format(blob=blob)), used)
    engine.dispose()
    for _ in range(2):
        store = Store.open(database)
        (sample,) = [one for one in store.samples("ana", captures=True) if one.id == "s1"]
        assert (sample.modality, sample.kept, sample.vector, sample.genuine) == (SIGNATURE, False, None, True)
        person = store.person("ana")
        assert (person.consent, person.consented, person.one_to_many) == ("on paper", None, False)
        vector = np.ones(4, np.float32)
        added = NewSample(modality="face", pointer="file", points=9, capture={}, trace=b"x", vector=vector)
        store.add_sample("ana", added)
        assert store.samples("ana", captures=True, modality="face")[0].vector.tolist() == [1.0] * 4
        if store.engine.dialect.name == "postgresql":
            with reading(store.engine) as connection:
                query = "SELECT count(*) FROM pg_attribute WHERE attstorage = 'e' AND attrelid = 'samples'::regclass "
                assert connection.scalar(text(query + "AND attname IN ('vector', 'image')")) == 2
        store.close()
