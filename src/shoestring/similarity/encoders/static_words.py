"""Sentence vectors from word vectors: the encoder that works at once, without a download."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.similarity.text_encoding import encode_texts, kept_width
from shoestring.similarity.tokens import Tokens
from shoestring.similarity.word_pieces import WordPieces
from shoestring.similarity.word_vectors import frequency_weights, read_vectors, without_common, word_chances


@component
class StaticWords:
    r"""Weighted mean of word vectors, :math:`P \sum_t w_t E_t / n`, with weights, vectors and projection learned.

    Before training the weights are those of smooth inverse frequency (Arora, Liang & Ma 2017).
    """

    kind: Literal["static-words"] = "static-words"
    vectors: str = "glove"
    """``glove`` for those that ship, or a file of word vectors (.npz, .txt)."""
    weighting: Literal["frequency", "even"] = "frequency"
    """``even`` is the plain mean of the article's baseline."""
    smoothing: float = 3e-4
    """a of the weights a / (a + p), p the share of a word in running text."""
    remove: int = 8
    """Directions that all words share and that are taken out of the vectors (Mu & Viswanath 2018)."""
    width: int = 0
    """Numbers of a sentence vector, through a learned projection; 0 has none and keeps the width of the words."""
    cut: int = 0
    """Numbers of a vector that are kept, the first ones; 0 keeps all. For vectors trained on nested sizes."""

    def __post_init__(self) -> None:
        if self.smoothing <= 0 or min(self.remove, self.width, self.cut) < 0:
            raise ValueError("smoothing is above 0, remove, width and cut are not negative")

    def build(self) -> "StaticWordsEncoder":
        """The encoder before training, which is useful already. Raises NotFoundError, BadDataError."""
        found = read_vectors(self.vectors)
        chances = word_chances(found.rank)
        even = self.weighting == "even"
        weights = np.ones(len(found.words), np.float32) if even else frequency_weights(chances, self.smoothing)
        vectors = without_common(found.vectors, chances * weights, self.remove)
        size = vectors.shape[1]
        # A piece means nothing by itself; a fixed direction of its own still tells rare words apart.
        draw = np.random.default_rng(0).normal(size=(len(found.pieces), size)) / np.sqrt(size)
        pieces = (draw * np.linalg.norm(vectors, axis=1).mean()).astype(np.float32)
        table = torch.from_numpy(np.concatenate([np.zeros((1, size), np.float32), vectors, pieces]))
        rare = np.full(len(pieces) + 1, weights[-1], dtype=np.float32)
        weight = torch.from_numpy(np.concatenate([rare[:1], weights, rare[1:]]))
        return StaticWordsEncoder(self, WordPieces(found.words, found.pieces), table, weight.log())

    def read(self, words: Sequence[str], pieces: Sequence[str], state: Mapping[str, Tensor]) -> "StaticWordsEncoder":
        """The encoder with this vocabulary and these weights; raises RuntimeError, KeyError if they do not fit."""
        encoder = StaticWordsEncoder(self, WordPieces(words, pieces), state["table.weight"], state["log_weight"])
        encoder.load_state_dict(state)
        if len(encoder.tokeniser) != len(encoder.log_weight) or len(encoder.log_weight) != len(encoder.table.weight):
            raise KeyError(f"{len(encoder.tokeniser)} words for {len(encoder.table.weight)} vectors")
        return encoder


class StaticWordsEncoder(nn.Module):
    """Texts -> vectors [N, ``width``]."""

    longest = 1 << 30
    """Texts are never cut."""
    pads = False

    def __init__(self, config: StaticWords, tokeniser: WordPieces, table: Tensor, log_weight: Tensor) -> None:
        super().__init__()
        self.config, self.tokeniser = config, tokeniser
        size = table.shape[1]
        self.table = nn.Embedding.from_pretrained(table, freeze=False)
        self.log_weight = nn.Parameter(log_weight.clone())
        self.project = nn.Linear(size, config.width, bias=False) if config.width else nn.Identity()
        if config.width:
            nn.init.orthogonal_(self.project.weight)
        self.width = kept_width(config.cut, config.width or size)

    def fit_scales(self, items: Sequence[str]) -> None:
        """Nothing: the vectors that are read have their scale already."""

    def prepare(self, items: Sequence[str]) -> Tokens:
        """The tokens of each text."""
        return self.tokeniser.tokenise(items)

    def forward(self, prepared: Tokens) -> Tensor:
        """Vectors [N, ``width``] of any length; zeros for a text without a known word."""
        device = self.log_weight.device
        ids = torch.from_numpy(prepared.ids.astype(np.int64)).to(device)
        starts = torch.from_numpy(prepared.starts[:-1]).to(device)
        weight = self.log_weight.exp()[ids]
        total = F.embedding_bag(ids, self.table.weight, starts, mode="sum", per_sample_weights=weight)
        count = torch.from_numpy(np.maximum(prepared.lengths, 1)).to(device, total.dtype)
        return self.project(total / count[:, None])[:, : self.width]

    def encode(self, items: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors float32 [N, ``width``]; zeros for a text without a known word."""
        return encode_texts(self, items).vectors
