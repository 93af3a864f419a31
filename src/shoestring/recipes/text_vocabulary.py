"""Word pieces learned from texts, and which tokens are hidden for guessing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MASK = SPECIAL.index("[MASK]")


@dataclass(frozen=True, eq=False)
class Hidden:
    """A batch with some of its tokens hidden."""

    ids: NDArray[np.int64]
    """[T] what the network sees."""
    places: NDArray[np.int64]
    """Of the tokens to guess, at least one."""
    answers: NDArray[np.int64]


def train_word_pieces(texts: Sequence[str], size: int) -> str:
    """The content of a ``tokenizer.json``: lower-cased WordPiece with about ``size`` pieces, and the marks of BERT.

    All letters, then whole words and inner strings of two to five letters by how often they occur, ties by spelling.
    The trainer of the tokenizers package breaks ties by chance, and a run could not be repeated.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    normalizer = normalizers.BertNormalizer(lowercase=True)
    cut = pre_tokenizers.BertPreTokenizer()
    words = Counter(word for text in texts for word, _ in cut.pre_tokenize_str(normalizer.normalize_str(text)))
    letters = sorted({letter for word in words for letter in word})
    pieces = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    known = set(pieces)
    whole = [word for word in _by_count(words) if word not in known][: max(0, (size - len(pieces)) * 3 // 4)]
    known |= {*whole}
    inner: Counter[str] = Counter()
    for word, count in words.items():
        if word not in known and len(word) <= 40:
            for width in (2, 3, 4, 5):
                for start in range(1, len(word) - width + 1):
                    inner["##" + word[start : start + width]] += count
    pieces += [*whole, *_by_count(inner)[: max(0, size - len(pieces) - len(whole))]]
    tokeniser = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokeniser.normalizer = normalizer
    tokeniser.pre_tokenizer = cut
    tokeniser.add_special_tokens(list(SPECIAL))
    ends = [("[CLS]", SPECIAL.index("[CLS]")), ("[SEP]", SPECIAL.index("[SEP]"))]
    tokeniser.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    return tokeniser.to_str()


def _by_count(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))


def masked(ids: NDArray[np.int32], share: float, vocabulary: int, rng: np.random.Generator) -> Hidden:
    """Choose ``share`` of the tokens that are no marks; 80 % of them become [MASK], 10 % a random one, 10 % stay.

    Devlin et al. 2019, section 3.1 and appendix A.1.
    """
    words = np.flatnonzero(ids >= len(SPECIAL))
    if not len(words):
        words = np.arange(len(ids))
    places = np.sort(rng.choice(words, size=max(1, round(share * len(words))), replace=False))
    seen = ids.astype(np.int64)
    fate = rng.random(len(places))
    seen[places[fate < 0.8]] = MASK
    other = places[fate >= 0.9]
    seen[other] = rng.integers(len(SPECIAL), max(vocabulary, len(SPECIAL) + 1), size=len(other))
    return Hidden(seen, places, ids[places].astype(np.int64))
