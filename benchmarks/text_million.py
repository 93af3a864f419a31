"""A million short texts embedded and searched: ``python -m benchmarks.text_million [--quick] [--json]``.

The model that ships writes the vectors of generated sentences to a file while it runs, and the file is searched as it
lies on the disk, all in a process of its own. Measured are its largest resident memory, beside the 8 GB that it may
need, and its processor seconds; the texts that are asked for must be found. Writes
``benchmarks/results/text_million.json`` unless ``--quick``.
"""

import json
import subprocess
import sys
import tempfile

from benchmarks.document import arguments, publish

ALLOWED = 8_000
"""MB."""
PROGRAM = """
import itertools, json, resource, sys
from pathlib import Path
import torch
import shoestring
from shoestring.similarity.search import top_k
from shoestring.similarity.text_encoding import encode_to_file

torch.set_num_threads(1)
folder, count = sys.argv[1], int(sys.argv[2])
WHO = "a man,a woman,the child,my neighbour,the old teacher,a doctor,our team,the driver,a farmer,the mayor".split(",")
DOES = "buys,sells,repairs,paints,finds,loses,wants,carries,forgets,describes".split(",")
WHAT = "a bicycle,the house,an old map,fresh bread,the last ticket,a red coat,two books,the engine,a dog".split(",")

def texts():
    every = itertools.product(range(count), WHO, DOES, WHAT)
    return (f"{who} {does} {what} in street {n}" for n, who, does, what in itertools.islice(every, count))

model = shoestring.load("text")
stored = encode_to_file(model.network, texts(), Path(folder) / "vectors.npy", count)
asked = [0, count // 2, count - 1]
wanted = dict(zip(asked, (text for i, text in enumerate(texts()) if i in asked)))
found = top_k(stored.vectors, model.encode(list(wanted.values())), 5)
assert all(score[0] > 0.99999 for score in found.score), found.score
assert all(row in ten for row, ten in zip(asked, top_k(stored.vectors, model.encode(list(wanted.values())), 50).row))
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"MB": used.ru_maxrss / 1024, "s": used.ru_utime + used.ru_stime}))
"""


def main() -> None:
    options = arguments(__doc__).parse_args()
    count = 20_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM, folder, str(count)], check=True,
                              capture_output=True, text=True)  # fmt: skip
    used = json.loads(done.stdout)
    ratio = ALLOWED / used["MB"]
    row = {"name": f"text-{count}-rows memory", "peer": "what it may need", "ratio": ratio, "low": ratio, "high": ratio,
           "ours": used["MB"], "theirs": ALLOWED, "unit": "MB", "limit": None, "goal": 1.0}  # fmt: skip
    clock = "processor seconds, one thread"
    publish("text_million", [row], options, clock=clock, processor_seconds=used["s"])


if __name__ == "__main__":
    main()
