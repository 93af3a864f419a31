import pytest
from sqlalchemy import text

from shoestring.core.database import writing
from shoestring.core.errors import BadDataError, ConfigError, ConflictError, MissingExtraError, NotFoundError
from shoestring.service.store import Store
from shoestring.similarity.collection import Collections, Info, store
from shoestring.similarity.collection.tables import info


def test_collections_are_made_found_and_listed(collections):
    made = collections.create("Bücher 1", model="m", source="runs/x", modality="text", width=3)
    collections.create("a")
    found = collections.get("Bücher 1").info()
    assert found == Info("Bücher 1", "m", "runs/x", "text", 3, 0, found.created) == made.info()
    assert [one.name for one in collections.list()] == ["Bücher 1", "a"] and collections.count() == 2
    assert [one.name for one in collections.list(after="Bücher 1")] == ["a"]
    assert len(collections.list(limit=1)) == 1


def test_names_models_and_widths_are_checked(collections):
    for wrong in (
        {"name": ""}, {"name": "a/b"}, {"name": "a\x00"}, {"name": "a" * 201}, {"name": "a", "model": "m" * 201},
        {"name": "a", "model": ""}, {"name": "a", "model": "a\nb"}, {"name": "a", "width": 0},
        {"name": "a", "width": 10**6},
    ):  # fmt: skip
        with pytest.raises(BadDataError):
            collections.create(**wrong)
    collections.create("a", at_most=1)
    with pytest.raises(ConflictError, match="another name"):
        collections.create("a")
    with pytest.raises(ConflictError, match="the limit"):
        collections.create("b", at_most=1)
    with pytest.raises(NotFoundError, match="there are: a"):
        collections.get("b")


def test_people_and_collections_share_a_server_and_each_keeps_its_layout(database):
    people = Store.open(database)
    people.put_person("ana")
    # A store of people that is older than collections gains their tables and loses nothing.
    made = Collections.open(database)
    made.create("tickets")
    assert people.person("ana").name == "ana" and made.count() == 1
    with writing(made.engine) as connection:
        connection.execute(info.update().values(version=99))
    with pytest.raises(ConfigError, match="update shoestring"):
        Collections.open(database)
    Store.open(database).close()
    people.close()
    made.close()


def test_postgresql_needs_its_packages(postgres_url, monkeypatch):
    monkeypatch.setattr(store, "VECTOR", None)
    with pytest.raises(MissingExtraError, match="pgvector"):
        Collections.open(postgres_url)


def test_postgresql_stores_vectors_that_pgvector_searches(postgres_url):
    opened = Collections.open(postgres_url)
    opened.create("given").add([{"id": "a", "vector": [3.0, 4.0]}, {"id": "b", "vector": [1.0, 0.0]}])
    with opened.engine.connect() as connection:
        nearest = text("SELECT id FROM collection_items ORDER BY vector <=> '[0,1]' LIMIT 1")
        assert connection.scalar(nearest) == "item\x1fa\x1f"
    opened.close()
