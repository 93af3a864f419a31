import json

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.folder import RunFolder
from shoestring.core.run import Run
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_files import to_page_json
from shoestring.recipes.signature_data import content_hash, open_signatures


@pytest.fixture
def run(tmp_path):
    with Run(RunFolder.create(tmp_path, "data", 'recipe = "x"\n', {}), seed=0, quiet=True) as run:
        yield run


def test_generated_writers_are_the_same_each_time_and_recorded(run):
    samples = open_signatures("synthetic:2", run)
    assert len(samples) == 80 and content_hash(samples) == content_hash(open_signatures("synthetic:2", run))
    entry = json.loads((run.folder.path / "data.json").read_text())["signatures"]
    assert entry["rows"] == 80 and entry["sha256"] == content_hash(samples) and entry["path"] == "synthetic:2"


@pytest.mark.parametrize("change", ["writer", "genuine", "order", "point"])
def test_the_hash_sees_every_kind_of_change(change):
    before = synthetic_set(1, genuine=3, forgeries=1)
    after = synthetic_set(1, genuine=3, forgeries=1)
    if change == "writer":
        after.identity[0] = "x"
    elif change == "genuine":
        after.genuine[0] = False
    elif change == "order":
        after = before.subset(np.array([1, 0, 2, 3]))
    else:
        after.signatures[0].x[1] += 1
    assert content_hash(before) != content_hash(after)


def test_repairs_are_listed_in_the_run_and_told_in_one_line(run, tmp_path):
    lines = []
    for signature in synthetic_set(1, genuine=3, forgeries=0):
        page = to_page_json(signature)
        # The clock of the page jumps back once.
        page["rows"][9][page["columns"].index("t")] = page["rows"][7][page["columns"].index("t")] - 5
        lines.append(json.dumps(page))
    path = tmp_path / "captures.jsonl"
    path.write_text("\n".join(lines))
    samples = open_signatures(str(path), run)
    assert len(samples) == 3
    listed = (run.folder.path / "repairs.txt").read_text().splitlines()
    assert listed == list(samples.repairs) and len(listed) >= 3
    told = [line for line in (run.folder.path / "log.txt").read_text().splitlines() if "repairs, listed" in line]
    assert len(told) == 1 and f"{len(listed)} repairs" in told[0]


@pytest.mark.parametrize(("data", "error"), [("nowhere", NotFoundError), ("synthetic:0", NotFoundError)])
def test_what_is_not_there_is_not_found(run, data, error):
    with pytest.raises(error, match=data):
        open_signatures(data, run)


def test_an_unknown_format_is_refused(run, tmp_path):
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    with pytest.raises(BadDataError, match="pdf"):
        open_signatures(str(tmp_path / "notes.pdf"), run)
