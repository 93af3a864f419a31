"""The vocabulary of a static encoder as a file of the tokenizers package, which other programs read too."""

import json
from pathlib import Path
from typing import Any

from shoestring.core.errors import BadDataError
from shoestring.core.folder import read_json_object
from shoestring.similarity.word_pieces import MAX_LETTERS, PATTERN, WordPieces

TOKENISER = "tokenizer.json"


def tokeniser_table(pieces: WordPieces) -> dict[str, Any]:
    """What the tokenizers package needs to cut texts as :class:`WordPieces` does."""
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {
            "type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Removed", "invert": True,
        },
        "post_processor": None, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": MAX_LETTERS,
            "vocab": {word: number for number, word in enumerate(pieces.vocabulary)},
        },
    }  # fmt: skip


def write_words(pieces: WordPieces, folder: Path) -> None:
    """Write ``tokenizer.json``."""
    text = json.dumps(tokeniser_table(pieces), ensure_ascii=False)
    (folder / TOKENISER).write_text(text, encoding="utf-8")


def read_words(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words and pieces of what :func:`write_words` wrote. Raises BadDataError."""
    path = folder / TOKENISER
    try:
        numbers = read_json_object(path)["model"]["vocab"]
        ordered = sorted(numbers, key=numbers.__getitem__)
        if [numbers[word] for word in ordered] != list(range(len(ordered))) or ordered[0] != "[UNK]":
            raise ValueError("its numbers do not count from [UNK] upwards")
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadDataError(f"{path}: {error}; not the vocabulary of a static encoder") from error
    return tuple(ordered[1:]), ()
