"""Words and pieces of words: the tokeniser of the static encoder, in plain Python and the same as a WordPiece file.

A text is lower-cased and cut into runs of Latin letters and digits. A word of the vocabulary is one token. Any other is
cut from the left into the longest pieces that are known, the first as a word and the others with ``##`` in front, as in
WordPiece (Wu et al. 2016, section 4.1; Devlin et al. 2019). A word with a letter that no piece has is unknown as a
whole.
"""

import re
from collections.abc import Sequence

from shoestring.similarity.tokens import Tokens

PATTERN = "[0-9a-z\u00b5\u00df-\u00f6\u00f8-\u024f]+"
"""Digits and Latin letters, in lower case. Named one by one: what is a letter differs between libraries."""
MAX_LETTERS = 100
"""A longer word is unknown as a whole, as in the WordPiece of the tokenizers package."""
_WORD = re.compile(PATTERN)
_LONGEST_PIECE = 24


class WordPieces:
    """Texts to token numbers: 0 is the unknown word, then come the words, then the pieces."""

    def __init__(self, words: Sequence[str], pieces: Sequence[str]) -> None:
        """``words`` as they are written, ``pieces`` with ``##`` in front."""
        self.vocabulary = ["[UNK]", *words, *pieces]
        self._number = {word: number for number, word in enumerate(self.vocabulary)}
        self._cut: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.vocabulary)

    def tokenise(self, texts: Sequence[str]) -> Tokens:
        """The tokens of each text; a text without letters and digits has none."""
        number, pieces = self._number, self._pieces
        lists = []
        for text in texts:
            row: list[int] = []
            for word in _WORD.findall(text.lower()):
                known = number.get(word)
                if known is None:
                    row += pieces(word)
                else:
                    row.append(known)
            lists.append(row)
        return Tokens.of(lists)

    def _pieces(self, word: str) -> list[int]:
        if word in self._cut:
            return self._cut[word]
        found: list[int] = []
        start = 0
        while start < len(word) <= MAX_LETTERS:
            prefix = "##" if start else ""
            for end in range(min(len(word), start + _LONGEST_PIECE), start, -1):
                if (number := self._number.get(prefix + word[start:end])) is not None:
                    found.append(number)
                    start = end
                    break
            else:
                break
        if start < len(word):
            found = [0]
        # Texts that never end must not fill the memory with their rare words.
        if len(self._cut) < 1 << 18:
            self._cut[word] = found
        return found
