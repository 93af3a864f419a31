import json

import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.text_files import TOKENISER, read_words, write_words
from shoestring.similarity.word_pieces import WordPieces


def test_a_vocabulary_comes_back_and_cuts_the_same(tmp_path):
    pieces = WordPieces(["cat", "ü"], ["##s", "##er", "c"])
    write_words(pieces, tmp_path)
    again = WordPieces(*read_words(tmp_path))
    assert again.vocabulary == pieces.vocabulary
    assert again.tokenise(["cats Cater ü dog"]).ids.tolist() == pieces.tokenise(["cats Cater ü dog"]).ids.tolist()


@pytest.mark.parametrize("vocabulary", [{}, {"a": 0}, {"[UNK]": 0, "a": 2}, {"[UNK]": 0, "a": "1"}, []])
def test_damage_is_refused(tmp_path, vocabulary):
    (tmp_path / TOKENISER).write_text(json.dumps({"model": {"vocab": vocabulary}}))
    with pytest.raises(BadDataError, match="vocabulary"):
        read_words(tmp_path)
