import json

import pytest

from shoestring.cli.captures import captures_of, only_one, select
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.data.stroke_page import from_page_json
from tests.recipes.pen import people


def test_signatures_of_one_writer_in_the_order_of_capture(people_file):
    path, names = people_file
    found = select(path, writer=names[1], sample=None, genuine=True)
    assert len(found) == 6 and found.genuine.all() and set(found.identity) == {names[1]}
    captures = captures_of(found.subset([3, 0, 1, 2]), "mouse")
    assert captures == captures_of(found.subset([0, 1, 2, 3]), "mouse") and captures[0]["pointer"] == "mouse"
    original = people().subset(people().identity == names[1])
    first = original.signatures[int(original.sample.argmin())]
    assert (from_page_json(captures[0]).x == first.x).all()


def test_one_signature_is_chosen_by_its_number(people_file, tmp_path):
    path, names = people_file
    forged = people().sample[(people().identity == names[0]) & ~people().genuine][0]
    assert only_one(path, names[0], int(forged), "pen")["v"] == 1, "forgeries can be checked too"
    with pytest.raises(ConfigError, match="8 signatures; choose one with --sample"):
        only_one(path, names[0], None, "pen")
    (tmp_path / "alone.json").write_text(json.dumps(only_one(path, names[0], 1, "pen")))
    assert only_one(tmp_path / "alone.json", None, None, "pen") == only_one(path, names[0], 1, "pen")


def test_what_does_not_fit_is_named(people_file, tmp_path):
    path, names = people_file
    with pytest.raises(NotFoundError, match="no such file"):
        select(tmp_path / "nothing", writer=None, sample=None, genuine=None)
    with pytest.raises(ConfigError, match=f"signatures of 3 writers; choose one with --writer {names[0]}"):
        select(path, writer=None, sample=None, genuine=None)
    with pytest.raises(NotFoundError, match="no writer 'nobody'"):
        select(path, writer="nobody", sample=None, genuine=None)
    with pytest.raises(BadDataError, match="no signature fits --writer .* --sample 99"):
        select(path, writer=names[0], sample=99, genuine=None)
