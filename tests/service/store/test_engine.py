import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from shoestring.core.errors import ConfigError
from shoestring.service.store import Store
from shoestring.service.store.engine import maintaining, open_engine, reading, writing
from shoestring.service.store.tables import VERSION, people, store_info


@pytest.mark.parametrize(
    "url",
    [
        "",
        "people.sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://x/y",
        "oracle://x",
        "sqlite+nonsense:///x",
        "://",
    ],
)
def test_an_address_that_cannot_be_a_store_is_refused_with_the_way_out(url):
    with pytest.raises(ConfigError, match="sqlite:///"):
        open_engine(url)


def test_a_database_that_does_not_answer_is_a_plain_message(tmp_path):
    with pytest.raises(ConfigError, match="cannot open the store postgresql"):
        open_engine(f"postgresql://somebody:secret@/x?host={tmp_path}")
    try:
        open_engine(f"postgresql://somebody:secret@/x?host={tmp_path}")
    except ConfigError as error:
        assert "secret" not in str(error)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "people.sqlite"
    path.write_text("my thesis " * 1000)
    with pytest.raises(ConfigError, match="not a database"):
        open_engine(f"sqlite:///{path}")
    assert path.read_text() == "my thesis " * 1000


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="SHOESTRING_DATABASE"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'people.sqlite'}")


def test_a_store_of_a_newer_version_is_not_touched(database):
    engine = open_engine(database)
    with writing(engine) as connection:
        connection.execute(store_info.update().values(version=99))
    engine.dispose()
    with pytest.raises(ConfigError, match="update shoestring"):
        open_engine(database)


def test_servers_that_start_at_once_make_the_tables_once(database):
    with ThreadPoolExecutor(12) as pool:
        engines = list(pool.map(open_engine, [database] * 12))
    with reading(engines[0]) as connection:
        assert connection.execute(select(store_info)).all() == [(VERSION,)]
    for engine in engines:
        engine.dispose()


def test_what_fails_in_the_middle_leaves_nothing(store):
    with pytest.raises(RuntimeError), writing(store.engine) as connection:
        connection.execute(people.insert().values(name="half", created=0.0))
        raise RuntimeError
    assert store.counts()["people"] == 0


def test_a_reader_sees_one_state_of_the_store(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    with reading(store.engine) as connection:
        connection.execute(select(people)).all()
        store.put_person("ana")
        assert connection.execute(select(people)).all() == []
    assert store.counts()["people"] == 1
    store.close()


def test_the_settings_of_sqlite_hold_on_every_connection(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'people.sqlite'}")
    with maintaining(engine) as one, maintaining(engine) as two:
        for connection in (one, two):
            found = {
                name: connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "secure_delete", "foreign_keys", "synchronous", "temp_store")
            }
            assert found == {
                "journal_mode": "wal", "secure_delete": 1, "foreign_keys": 1, "synchronous": 2, "temp_store": 2,
            }  # fmt: skip
    engine.dispose()


def test_an_answer_of_success_survives_the_death_of_the_process(tmp_path):
    url = f"sqlite:///{tmp_path / 'people.sqlite'}"
    code = (
        "import os, sys; from shoestring.service.store import Store\n"
        f"store = Store.open({url!r}); store.put_person('ana'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    store = Store.open(url)
    assert store.person("ana").name == "ana"
    store.close()


def test_the_test_server_has_vectors_for_the_collections_to_come(postgres_url):
    engine = open_engine(postgres_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE EXTENSION vector"))
        assert connection.scalar(text("SELECT '[1,2]'::vector <-> '[4,6]'::vector")) == 5.0
    engine.dispose()
