"""Part of :mod:`benchmarks.similarity`: the peak memory of one forward and backward pass, in a process of its own.

``python -m benchmarks.similarity_memory WHO RULE SIZE`` prints MiB: by how much the resident size of the process rose
above what it was when the batch was there and everything had been called once on a small one. The kernel keeps the
peak (``VmHWM``); it is reset before the pass. What a small batch needs may have been at hand, so that rows of small
batches say little.
"""

import subprocess
import sys
from pathlib import Path

METHOD = "peak resident size of a process of its own (VmHWM) above its size before the pass"


def extra_mebibytes(who: str, rule: str, size: int) -> float:
    """Measure in a new process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.similarity_memory", who, rule, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _status(key: str) -> int:
    """A size in KiB out of the kernel's account of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(key)))


def main() -> None:
    """Measure here and print."""
    import torch

    from benchmarks.similarity_contenders import batch, once, ours, theirs

    who, rule, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(1)
    loss = ours(rule) if who == "ours" else theirs(who, rule)
    once(loss, *batch(64))
    z, group = batch(size)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    once(loss, z, group)
    # What fits into memory that the process has already counts as one page.
    print(max(_status("VmHWM") - before, 4) / 1024)


if __name__ == "__main__":
    main()
