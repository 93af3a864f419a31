"""Layouts: made, found again, brought up to date, several in one database. Connections are tested with the stores."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, inspect, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from shoestring.core.database import Layout, open_engine, reading, writing
from shoestring.core.errors import ConfigError


def layout(version: int, *, columns=(), name="shop", steps=None) -> Layout:
    metadata = MetaData()
    info = Table(f"{name}_info", metadata, Column("version", Integer, primary_key=True, autoincrement=False))
    Table(name, metadata, Column("id", Integer, primary_key=True), *columns)
    return Layout(metadata, info, version, steps or {})


def add_colour(connection):
    connection.execute(text("ALTER TABLE shop ADD COLUMN colour TEXT"))


def add_price(connection):
    connection.execute(text("ALTER TABLE shop ADD COLUMN price INTEGER"))
    connection.execute(text("UPDATE shop SET price = 7"))


def newest():
    columns = (Column("colour", Text), Column("price", Integer))
    return layout(3, columns=columns, steps={1: add_colour, 2: add_price})


def test_an_older_store_takes_every_step_once_and_keeps_its_rows(database):
    old = open_engine(database, layout(1))
    with writing(old) as connection:
        connection.execute(text("INSERT INTO shop (id) VALUES (1)"))
    old.dispose()
    for _ in range(2):
        engine = open_engine(database, newest())
        with reading(engine) as connection:
            assert connection.execute(text("SELECT id, colour, price FROM shop")).all() == [(1, None, 7)]
            assert connection.scalar(select(newest().info.c.version)) == 3
        engine.dispose()


def test_a_new_store_takes_no_steps(database):
    engine = open_engine(database, newest())
    assert {column["name"] for column in inspect(engine).get_columns("shop")} == {"id", "colour", "price"}
    engine.dispose()


def test_a_step_that_fails_leaves_the_store_as_it_was(database):
    open_engine(database, layout(1)).dispose()
    broken = layout(3, steps={1: add_colour, 2: lambda connection: connection.execute(text("DROP TABLE nothing"))})
    with pytest.raises(ConfigError, match="cannot open the store"):
        open_engine(database, broken)
    engine = open_engine(database, layout(1))
    assert [column["name"] for column in inspect(engine).get_columns("shop")] == ["id"]
    engine.dispose()


def test_two_layouts_share_a_database_and_have_versions_of_their_own(database):
    first, second = open_engine(database, layout(1)), open_engine(database, layout(5, name="yard"))
    with writing(second) as connection:
        connection.execute(insert(layout(5, name="yard").metadata.tables["yard"]).values(id=1))
        assert connection.execute(
            text("SELECT shop_info.version, yard_info.version FROM shop_info, yard_info")
        ).all() == [(1, 5)]
    for engine in (first, second):
        engine.dispose()


def test_an_extension_that_the_server_lacks_is_named(postgres_url):
    plain = layout(1)
    with pytest.raises(ConfigError, match="no_such_thing"):
        open_engine(postgres_url, Layout(plain.metadata, plain.info, 1, extensions=("no_such_thing",)))
    engine = open_engine(postgres_url, plain)
    with pytest.raises((ProgrammingError, OperationalError)), reading(engine) as connection:
        connection.execute(text("SELECT '[1]'::vector"))
    engine.dispose()
