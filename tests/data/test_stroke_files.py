import json
import shutil

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_files import from_page_json, read_signatures, to_page_json, write_signatures
from shoestring.data.stroke_npz import npz_captures

SVC_TEXT = "3\n0 0 0 0\n10 20 10 1\n30 20 20 1\n"
CAPTURE = {"v": 1, "pointer": "pen", "columns": ["x", "y", "t", "stroke"], "rows": [[0, 0, 0, 0], [1, 2, 10, 0]]}
CSV = "writer,sample,genuine,x,y,t\nana,1,1,0,0,0\nana,1,1,1,2,0.01\n"
INKML = "<ink><trace>0 0, 1 2</trace></ink>"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("U1S1.TXT", SVC_TEXT),
        ("one.json", json.dumps(CAPTURE)),
        ("all.jsonl", json.dumps(CAPTURE) + "\n"),
        ("long.csv", CSV),
        ("ink.inkml", INKML),
        ("INK.INKML", INKML),
    ],
)
def test_every_format_is_read_as_a_file_and_from_a_folder(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "readme.txt").write_text("about")
    for place in (path, tmp_path):
        found = read_signatures(place)
        assert len(found) == 1 and found.source == str(place) and found.genuine.tolist() == [True]


def test_a_folder_of_svc_texts_carries_the_labels_of_the_names(tmp_path):
    for name in ("U2S1.TXT", "U2S40.TXT", "U1S20.TXT"):
        (tmp_path / name).write_text(SVC_TEXT)
    found = read_signatures(tmp_path)
    labels = list(zip(found.identity.tolist(), found.sample.tolist(), found.genuine.tolist(), strict=True))
    assert labels == [("1", 20, True), ("2", 1, True), ("2", 40, False)]
    shutil.copytree(tmp_path, tmp_path / "again")
    with pytest.raises(BadDataError, match=r"again.U1S20.TXT: genuine sample 20 of writer '1' was already read"):
        read_signatures(tmp_path)


def test_of_several_formats_one_is_read_and_the_others_are_named(tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.json").write_text(json.dumps(CAPTURE))
    found = read_signatures(tmp_path)
    assert found.identity.tolist() == ["b"]
    assert found.repairs == (f"{tmp_path}: read its .json files, not its 1 .csv files",)


def test_nothing_and_the_unknown_are_named(tmp_path):
    with pytest.raises(NotFoundError, match="nowhere: no such file"):
        read_signatures(tmp_path / "nowhere")
    (tmp_path / "a.docx").write_text("")
    with pytest.raises(BadDataError, match=r"unknown format '.docx'; understood are .npz, .txt"):
        read_signatures(tmp_path / "a.docx")
    with pytest.raises(BadDataError, match=r"holds no signatures; understood are .npz"):
        read_signatures(tmp_path)
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(BadDataError, match="holds no signatures"):
        read_signatures(tmp_path)


def test_the_signatures_of_svc2004(shared_data):
    found = read_signatures(shared_data / "svc2004_task2")
    assert len(found) == 1200 and len(np.unique(found.identity)) == 30 and found.genuine.sum() == 600
    assert (found.sample[found.genuine] <= 20).all() and (found.sample[~found.genuine] > 20).all()
    points = np.array([len(signature) for signature in found])
    # Five exact repeats are left out of the 256,153 points.
    assert points.sum() == 256_153 - 5 and np.median(points) == 187 and (points.min(), points.max()) == (80, 713)
    backward = [note for note in found.repairs if "ran backwards" in note]
    assert len(backward) == 10 and "user 8, sample 9: time ran backwards by 0.008 s at point 168" in backward[0]
    for signature in found:
        assert (np.diff(signature.t) > 0).all() and signature.t[0] == 0
        assert signature.pressure.min() >= 0 and signature.pressure.max() <= 1
    assert max(signature.pressure.max() for signature in found) == 1.0
    down = np.concatenate([signature.pen_down for signature in found])
    assert down.mean() == pytest.approx(0.9725, abs=1e-4)
    # Right-handed pens lean to the lower right.
    azimuth = np.concatenate([signature.azimuth for signature in found])
    assert np.degrees(np.median(azimuth)) == pytest.approx(317, abs=1)
    for signature in found[::100]:
        back = from_page_json(to_page_json(signature))
        np.testing.assert_array_equal(back.x, signature.x)
        np.testing.assert_array_equal(back.t, signature.t)


def test_the_words_of_unipen_and_the_characters_of_omniglot(shared_data):
    words, notes = npz_captures(shared_data / "unipen_words" / "words.npz")
    assert len(words) == 11_910 and len({word.writer for word in words}) == 212 and "assumed" in notes[0]
    assert all(word.genuine for word in words)
    for word in words[::50]:
        signature, mended = word.signature()
        assert mended == [] and signature.pressure is None
        assert len(signature) == len(word.x) + len(np.unique(word.stroke)) - 1
    characters = read_signatures(shared_data / "omniglot_small")
    assert len(characters) == 3_660 and len(np.unique(characters.identity)) == 6 * 20
    # 183 characters by 20 drawers; each drawer wrote each of an alphabet's characters once.
    _, counts = np.unique(characters.identity, return_counts=True)
    assert sorted(set(counts.tolist())) == [22, 24, 26, 40, 47]


def test_what_is_written_is_read_back(tmp_path):
    people = synthetic_set(writers=2, genuine=2, forgeries=1, seed=4)
    write_signatures(people, tmp_path / "people.jsonl")
    found = read_signatures(tmp_path / "people.jsonl")
    for name in ("identity", "genuine", "sample"):
        assert getattr(found, name).tolist() == getattr(people, name).tolist()
    for ours, theirs in zip(people, found, strict=True):
        for channel in ("x", "y", "t", "pen_down", "pressure"):
            np.testing.assert_allclose(getattr(ours, channel), getattr(theirs, channel), rtol=1e-6, err_msg=channel)
    with pytest.raises(ConfigError, match="people.csv: signatures are written as .jsonl"):
        write_signatures(people, tmp_path / "people.csv")
