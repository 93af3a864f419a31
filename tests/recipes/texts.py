"""A BERT of a few thousand weights, and files of pairs, for tests."""

import json

import torch

from shoestring.data.paraphrases import inferred_paraphrases
from shoestring.recipes.text_vocabulary import train_word_pieces


def small_bert(folder, *, kind="bert", width=16, layers=2, seed=0):
    """A folder in the layout of Hugging Face with random weights."""
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    pairs = inferred_paraphrases(200)
    (folder / "tokenizer.json").write_text(train_word_pieces((*pairs.left, *pairs.right), 300), encoding="utf-8")
    sizes = {"vocab_size": 300, "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": 2,
             "intermediate_size": 32, "max_position_embeddings": 70, "pad_token_id": 0}  # fmt: skip
    torch.manual_seed(seed)
    network = RobertaModel(RobertaConfig(**sizes)) if kind == "roberta" else BertModel(BertConfig(**sizes))
    network.save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]",
         "sep_token": "[SEP]", "mask_token": "[MASK]"}
    ))  # fmt: skip
    return folder


def write_pairs(path, pairs, *, score=True):
    """Pairs in the layout of the STS benchmark."""
    rows = [
        {"sentence1": a, "sentence2": b} | ({"score": float(t)} if score else {})
        for a, b, t in zip(pairs.left, pairs.right, pairs.target, strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
