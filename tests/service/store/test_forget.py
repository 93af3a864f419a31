"""The claim is that nothing is left, so each test first shows that the search would have found it."""

import sqlite3
import stat
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import event, text

from shoestring.core import erasure
from shoestring.service.store import NewSample, Store
from shoestring.service.store.engine import reading, sqlite_path
from shoestring.service.store.records import pack
from shoestring.service.store.tables import marked
from tests.service.store.test_store import MATCHER, add, page, template, trace

CONSENT = "agreed on 22 November 2026, form 7b"


def enrol(store: Store, name: str, seeds: range, consent: str = CONSENT) -> list[bytes]:
    """Enrol somebody; gives every value that is then stored."""
    store.put_person(name, consent=consent)
    ids = [add(store, name, seed)[0].id for seed in seeds]
    made = template(seeds[0], len(ids))
    assert store.put_template(name, made, made_from=ids, replaces=None)
    captures = [pack({"strokes": page(seed), "capture": {}}) for seed in seeds]
    return [
        marked(name).encode(),
        consent.encode(),
        made.payload,
        *captures,
        *(trace(seed).tobytes() for seed in seeds),
    ]


def remains(store: Store, values: list[bytes]) -> set[bytes]:
    """Pieces of ``values`` in the files of the store, by a search that shares no code with the product."""
    path = sqlite_path(store.engine)
    if path is not None:
        contents = [file.read_bytes() for file in path.parent.iterdir() if file.name.startswith(path.name)]
    else:
        with store.engine.connect() as connection:
            folder = Path(connection.scalar(text("SHOW data_directory")), "base")
            connection.execute(text("CHECKPOINT"))
        contents = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    pieces = {value[start : start + 40] for value in values for start in range(0, max(1, len(value) - 40), 160)}
    return {piece for piece in pieces if any(piece in content for content in contents)}


def test_nothing_of_a_person_is_left_in_any_file(store):
    enrol(store, "ben", range(10, 13), consent="ben agreed")
    values = enrol(store, "ana maria", range(5))
    assert remains(store, values), "the search cannot fail"
    answer = store.forget("ana maria")
    assert answer.deleted == {"people": 1, "samples": 5, "templates": 1, "vectors": 0, "images": 0}
    assert remains(store, values) == set()
    assert answer.proof.found == 0 and answer.proof.shared == 0
    assert answer.proof.needles > 30 and answer.proof.searched_bytes > 10_000
    assert store.person("ben").samples == 3 and store.enrolment("ben", MATCHER).template == template(10, 3)


def test_the_search_of_the_product_finds_what_is_still_there(store, monkeypatch):
    """With the deletion switched off, the very same search must report the remains."""
    enrol(store, "ana", range(3))
    statements = []

    def keep_rows(connection, cursor, statement, parameters, *_):
        statements.append(statement)
        return ("SELECT 1", ()) if statement.startswith("DELETE") else (statement, parameters)

    event.listen(store.engine, "before_cursor_execute", keep_rows, retval=True)
    answer = store.forget("ana")
    event.remove(store.engine, "before_cursor_execute", keep_rows)
    assert sum(statement.startswith("DELETE") for statement in statements) == 3
    # The rows are still there, so captures and template count as held by a record; the name counts as a remain.
    assert answer.proof.found >= 1 and answer.proof.shared > 15


def test_bytes_left_in_the_log_or_in_any_file_beside_the_database_are_found(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    values = enrol(store, "ana", range(2))
    (tmp_path / "people.sqlite-cache").write_bytes(b"x" * 999 + values[2][500:700] + b"x" * 999)
    answer = store.forget("ana")
    assert answer.proof.found == 1
    store.close()


def test_without_overwriting_the_remains_are_found(tmp_path, monkeypatch):
    """SQLite alone leaves deleted pages as they are: the proof has to say so."""
    monkeypatch.setattr(erasure, "rebuild_sqlite", lambda engine: True)
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    enrol(store, "ana", range(3))
    assert store.forget("ana").proof.found > 0
    store.close()


def test_what_a_careless_program_left_in_free_pages_goes_as_well(tmp_path):
    """Such as an old template, replaced by a tool that does not overwrite what it deletes."""
    path = tmp_path / "people.sqlite"
    store = Store.open(f"sqlite:///{path}")
    values = enrol(store, "ana", range(4))
    with closing(sqlite3.connect(path)) as careless:
        careless.execute("PRAGMA secure_delete = OFF")
        careless.execute("UPDATE templates SET body = ?", (template(99).to_bytes(),))
        careless.execute("DELETE FROM samples")
        careless.commit()
    assert remains(store, values[2:]), "the tool was not careless"
    store.forget("ana")
    assert remains(store, values) == set()
    store.close()


def test_another_person_with_the_same_bytes_is_not_called_a_remain(store):
    enrol(store, "ana", range(2))
    enrol(store, "ben", range(2))
    proof = store.forget("ana").proof
    assert proof.found == 0 and proof.shared > 5
    assert store.person("ben").samples == 2


def test_a_name_inside_another_word_is_not_called_a_remain(store):
    store.put_person("Joana Banana", consent="ana agreed to everything that ana was asked")
    store.put_person("ana")
    assert store.forget("ana").proof.found == 0


def test_the_audit_line_says_that_and_not_whom(store):
    enrol(store, "ana maria", range(2))
    store.forget("ana maria")
    with reading(store.engine) as connection:
        rows = connection.execute(text("SELECT * FROM audit")).mappings().all()
    assert len(rows) == 1
    assert (rows[0]["event"], rows[0]["people"], rows[0]["samples"], rows[0]["templates"]) == ("forget", 1, 2, 1)
    assert set(rows[0]) == {"id", "at", "event", "people", "samples", "templates"} and len(rows[0]["id"]) == 16


def test_forgetting_while_others_read_and_write(store):
    """The log can be emptied although other connections are busy, and none of them fails."""
    values = enrol(store, "ana", range(4))
    enrol(store, "ben", range(20, 22), consent="ben agreed")
    stop, failures = threading.Event(), []

    def traffic(seed: int) -> None:
        try:
            while not stop.is_set():
                store.enrolment("ben", MATCHER)
                seed += 10
                add(store, "ben", seed)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=traffic, args=(100 + number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    answer = store.forget("ana")
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures and answer.proof.found == 0
    assert remains(store, values) == set()


@contextmanager
def older_snapshot(url):
    """A transaction that still sees what is deleted after it began."""
    engine = Store.open(url).engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_current_snapshot()"))
        yield connection
    engine.dispose()


def test_rows_that_an_older_transaction_sees_are_waited_for(postgres_url):
    store = Store.open(postgres_url)
    values = enrol(store, "ana", range(4))
    with older_snapshot(postgres_url) as older:
        timer = threading.Timer(0.5, older.rollback)
        timer.start()
        answer = store.forget("ana")
        timer.join()
    assert answer.proof.found == 0 and remains(store, values) == set()
    store.close()


def test_a_transaction_that_stays_open_is_named_and_its_rows_are_counted(postgres_url, monkeypatch):
    monkeypatch.setattr(erasure, "REWRITE_TRIES", 1)
    store = Store.open(postgres_url)
    enrol(store, "ana", range(4))
    with older_snapshot(postgres_url):
        proof = store.forget("ana").proof
    assert proof.found > 0 and "is still open" in proof.note
    store.close()


def test_a_server_that_shows_no_files_gets_no_proof_but_the_truth(postgres_url):
    owner = Store.open(postgres_url)
    with owner.engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS plain"))
        connection.execute(text("CREATE ROLE plain LOGIN"))
        for table in ("people", "samples", "templates", "audit", "store_info"):
            connection.execute(text(f"ALTER TABLE {table} OWNER TO plain"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO plain"))
    store = Store.open(postgres_url.replace("postgres@", "plain@"))
    enrol(store, "ana", range(2))
    proof = store.forget("ana").proof
    assert proof.found is None and proof.searched_bytes == 0 and "permission denied" in proof.note
    assert store.counts() == {"people": 0, "samples": 0, "templates": 0}
    store.close()
    owner.close()


def test_pieces_cover_a_value_and_leave_out_what_occurs_by_chance():
    value = np.random.default_rng(0).bytes(3000)
    pieces = erasure.pieces(value)
    starts = [value.index(piece) for piece in pieces]
    assert starts[0] == 0 and starts[-1] == 3000 - erasure.NEEDLE
    assert max(np.diff(starts)) <= erasure.STRIDE
    assert erasure.pieces(b"\0" * 5000) == erasure.pieces(b"yes") == erasure.pieces(b"") == []
    assert erasure.pieces(marked("n").encode()) == [marked("n").encode()]


def test_a_needle_across_the_border_of_two_chunks_is_found(postgres_url, monkeypatch):
    monkeypatch.setattr(erasure, "SERVER_CHUNK", 8192)
    store = Store.open(postgres_url)
    enrol(store, "ana", range(40))
    with store.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        path = connection.scalar(text("SELECT pg_relation_filepath('samples')"))
        whole = bytes(connection.scalar(text("SELECT pg_read_binary_file(:path)"), {"path": path}))
        chunks = list(erasure._server_chunks(connection, path))
    assert len(whole) > 8192 and len(chunks) > 1
    for start in (8192 - 20, 8192 - erasure.NEEDLE, 8191):
        needle = whole[start : start + erasure.NEEDLE]
        assert len(needle) < erasure.NEEDLE or any(needle in chunk for chunk in chunks)
    store.close()


def test_the_files_are_for_the_owner_only(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'home' / 'people.sqlite'}")
    enrol(store, "ana", range(1))
    for path in [tmp_path / "home", *(tmp_path / "home").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    store.close()


def picture(seed: int, image: bool) -> NewSample:
    draw = np.random.default_rng(seed)
    return NewSample(
        modality="face", pointer="camera", points=90, capture={"capture": {"browser": str(seed)}}, trace=draw.bytes(32),
        maker=MATCHER, vector=draw.normal(size=128).astype(np.float32), image=draw.bytes(5000) if image else None,
    )  # fmt: skip


def test_vectors_images_and_templates_of_pictures_are_gone_from_every_file(store):
    store.put_person("ben", consent="ben agreed")
    store.add_sample("ben", picture(50, True))
    store.put_person("ana maria", consent=CONSENT)
    given = [picture(seed, seed < 2) for seed in range(3)]
    ids = [store.add_sample("ana maria", one)[0].id for one in given]
    made = template(7, 3)
    assert store.put_template("ana maria", made, made_from=ids, replaces=None, modality="face")
    values = [made.payload, *(part for one in given for part in (one.vector.tobytes(), one.image, one.trace) if part)]
    assert len(remains(store, values)) > 90, "the search cannot fail"
    answer = store.forget("ana maria")
    assert answer.deleted == {"people": 1, "samples": 3, "templates": 1, "vectors": 3, "images": 2}
    assert remains(store, values) == set() and answer.proof.found == 0 and answer.proof.needles > 40
    assert store.samples("ben")[0].kept


def test_a_vector_or_image_left_in_a_file_is_found(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'people.sqlite'}")
    for part in ("vector", "image"):
        store.put_person("ana")
        given = picture(3, True)
        store.add_sample("ana", given)
        value = given.image if part == "image" else given.vector.tobytes()
        (tmp_path / "people.sqlite-cache").write_bytes(b"x" * 999 + value + b"x" * 999)
        assert store.forget("ana").proof.found > 0, part
    store.close()


def test_a_kept_picture_that_another_person_has_too_is_not_called_a_remain(store):
    for name in ("ana", "ben"):
        store.put_person(name)
        store.add_sample(name, picture(3, True))
    proof = store.forget("ana").proof
    assert proof.found == 0 and proof.shared > 10
