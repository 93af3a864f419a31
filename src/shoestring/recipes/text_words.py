"""Pretrain a small BERT on the user's own texts by guessing masked words: where there is no network to download one."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.run import Run
from shoestring.data.paraphrases import inferred_paraphrases
from shoestring.data.texts import content_hash, read_texts
from shoestring.distributed.compressors import Compressor, NoCompression
from shoestring.distributed.workers import Workers
from shoestring.nn.packed_bert import packed_states
from shoestring.nn.rates import set_rate, warm_up
from shoestring.recipes.text_vocabulary import Hidden, masked, train_word_pieces
from shoestring.similarity.encoders.bert import Bert, BertEncoder
from shoestring.similarity.length_batches import LengthBatches
from shoestring.similarity.text_model import TextEncoder


@component
class TextWords:
    """Hidden words, as in Devlin et al. 2019: 15 % are guessed, of which 80 % are hidden and 10 % replaced."""

    data: str = "generated"
    """File of texts, one a row; every text of pairs and captions counts."""
    vocabulary: int = 8_000
    """Word pieces, learned from the texts."""
    width: int = 128
    layers: int = 2
    heads: int = 2
    max_length: int = 64
    """Tokens of a text, the marks included."""
    dropout: float = 0.1
    masked: float = 0.15
    """Share of the tokens that is guessed."""
    batches: LengthBatches = LengthBatches(rows=64)
    compress: Compressor = NoCompression()
    steps: int = 1_000
    learning_rate: float = 1e-3
    warm_up: float = 0.1
    eval_every: int = 200

    def __post_init__(self) -> None:
        if self.width % self.heads or not 0 < self.masked < 1:
            raise ValueError(
                f"width={self.width} is no multiple of heads={self.heads}, or masked is not within 0 and 1"
            )


def main(recipe: TextWords, run: Run) -> None:
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertForMaskedLM

    texts = _texts(recipe.data, run)
    tokeniser = Tokenizer.from_str(train_word_pieces(texts, recipe.vocabulary))
    settings = BertConfig(
        vocab_size=tokeniser.get_vocab_size(), hidden_size=recipe.width, num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads, intermediate_size=4 * recipe.width, max_position_embeddings=recipe.max_length,
        hidden_dropout_prob=recipe.dropout, attention_probs_dropout_prob=recipe.dropout,
    )  # fmt: skip
    model = BertForMaskedLM(settings).to(run.device)
    encoder = BertEncoder(Bert(max_length=recipe.max_length), model.bert, tokeniser)
    tokens = encoder.prepare(texts)
    order = run.rng("held-out").permutation(len(texts))
    held_out, training = order[: max(1, len(order) // 20)], order[max(1, len(order) // 20) :]
    if not len(training):
        raise BadDataError(f"{recipe.data}: {len(texts)} texts are too few to learn words from")
    sampler = recipe.batches.sampler(tokens.lengths[training], run.rng("batches"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=0.01)
    workers = Workers(run, model, recipe.compress)
    run.track(model=model, optimizer=optimizer, sampler=sampler, workers=workers)
    model.train()

    def hide(rows: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Hidden]:
        batch = tokens.take(rows[np.argsort(tokens.lengths[rows], kind="stable")])
        return batch.lengths, masked(batch.ids, recipe.masked, settings.vocab_size, rng)

    def guess(lengths: np.ndarray, hidden: Hidden) -> torch.Tensor:
        ids = torch.from_numpy(hidden.ids).to(run.device)
        states = packed_states(model.bert, ids, torch.from_numpy(lengths))
        # Only guessed tokens pass the output layer, which is as wide as the vocabulary.
        logits = model.cls(states[torch.from_numpy(hidden.places).to(run.device)])
        return F.cross_entropy(logits, torch.from_numpy(hidden.answers).to(run.device))

    loss_now = float("nan")
    for step in run.steps(recipe.steps):
        set_rate(optimizer, recipe.learning_rate * warm_up(step, recipe.steps, recipe.warm_up))
        loss = guess(*workers.own(lambda: hide(training[sampler.draw()], run.rng("mask"))))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.reduce()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.log(step, loss=loss)
        if run.due("eval", recipe.eval_every):
            model.eval()
            with torch.no_grad():
                # The same words are hidden at every look.
                loss_now = float(guess(*hide(held_out[:512], np.random.default_rng(0))))
            model.train()
            run.log(step, held_out_loss=loss_now)

    run.save_model(TextEncoder(encoder.cpu(), title=run.folder.id).write)
    run.summarise(
        held_out_loss=loss_now, width=recipe.width, weights=sum(weight.numel() for weight in model.parameters())
    )


def _texts(data: str, run: Run) -> tuple[str, ...]:
    if data == "generated":
        pairs = inferred_paraphrases(2_000)
        texts, skipped, licence = (*pairs.left, *pairs.right), {}, "generated by this program"
    else:
        texts, skipped = read_texts(Path(data).expanduser())
        licence = "see the data set"
    for reason, count in skipped.items():
        run.narrate(f"data    texts: {count:,} rows left out: {reason}")
    unique = tuple(dict.fromkeys(texts))
    run.data("texts", path=data, rows=len(unique), sha256=content_hash(unique), licence=licence)
    return unique
