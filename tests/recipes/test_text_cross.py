import json

import shoestring
from shoestring.recipes.training import create, execute, plan, train
from tests.recipes.stopping import stopped_at
from tests.recipes.test_text_encoder import result
from tests.recipes.texts import small_bert


def test_stopped_and_resumed_equals_unbroken_bit_for_bit(tmp_path):
    (tmp_path / "bert").mkdir()
    bert = small_bert(tmp_path / "bert")
    settings = [f"encoder.model={bert}", "batches.rows=100", "eval_every=6", "epochs=2", "learning_rate=3e-3"]
    whole = train("text-cross", settings, root=tmp_path / "a", quiet=True)
    stopped = create(plan("text-cross", settings), tmp_path / "b")
    with stopped_at(2):
        execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 2
    train(resume=stopped, quiet=True)
    assert result(stopped) == result(whole)
    model = shoestring.load(whole.path)
    assert model.kind == "cross-encoder" and model.score(["a"], ["b"]).shape == (1,)


def test_it_learns_to_judge_pairs(tmp_path):
    (tmp_path / "bert").mkdir()
    alike = [("the man buys a car", "the guy purchases the automobile"), ("a dog", "a puppy")] * 8
    unlike = [("the man buys a car", "a lady paints the beach"), ("a dog", "the road")] * 8
    rows = [{"sentence1": a, "sentence2": b, "score": 5} for a, b in alike]
    rows += [{"sentence1": a, "sentence2": b, "score": 0} for a, b in unlike]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    settings = [f"encoder.model={small_bert(tmp_path / 'bert')}", f"data={path}", "held_out_share=0.5", "epochs=60",
                "batches.rows=16", "eval_every=60", "learning_rate=1e-2"]  # fmt: skip
    run = train("text-cross", settings, root=tmp_path / "runs", quiet=True)
    losses = [value for _, value in run.metrics(["loss"])["loss"]]
    assert min(losses) < 0.5 < losses[0]
