import gzip
import json

import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.word_streams import END, UNKNOWN, open_sentences, stream, vocabulary


def test_captions_become_words(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({"id": "1", "captions": ["A dog's bone!", "Two dogs ."]}) + "\n")
    found = open_sentences(str(path))
    assert [list(words) for words in found.words] == [["a", "dog's", "bone"], ["two", "dogs"]] and len(
        found.sha256
    ) == 64


@pytest.mark.parametrize("text", ['{"captions": 3}', "{}", "[", '"x"', ""])
def test_other_files_are_named_with_their_line(tmp_path, text):
    path = tmp_path / "a.jsonl"
    path.write_text('{"captions": ["one"]}\n' + text + "\n" if text else "")
    with pytest.raises(BadDataError, match="line 2" if text else "no captions"):
        open_sentences(str(path))


def test_a_missing_or_torn_file_is_named(tmp_path):
    with pytest.raises(BadDataError, match="give a file"):
        open_sentences(str(tmp_path / "none.jsonl"))
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"captions": ["a"]}\n' * 1000)[:60])
    with pytest.raises(BadDataError, match="torn"):
        open_sentences(str(torn))


def test_frequent_words_have_numbers_and_sentences_an_end():
    sentences = [["b", "a", "a"], ["c", "b", "a"]]
    numbers = vocabulary(sentences, 4)
    assert numbers == {"a": 2, "b": 3}
    assert stream(sentences, numbers).tolist() == [3, 2, 2, END, UNKNOWN, 3, 2, END]


def test_synthetic_sentences_are_the_same_every_time():
    assert open_sentences("synthetic").words == open_sentences("synthetic").words
