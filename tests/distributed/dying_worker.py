"""A worker that dies, stays, or reports: ``python -m tests.distributed.dying_worker OUTCOME FOLDER [stay]``."""

import os
import signal
import sys
import time
from pathlib import Path

from shoestring.distributed.launch import end_with_parent, report_outcome


def main() -> None:
    """Leave a mark for each start of each worker."""
    outcome, folder = Path(sys.argv[1]), Path(sys.argv[2])
    end_with_parent()
    rank = os.environ["RANK"]
    if "stay" in sys.argv:
        (folder / f"pid-{os.getpid()}").touch()
        time.sleep(600)
    tries = len(list(folder.glob(f"{rank}-*")))
    (folder / f"{rank}-{tries}").touch()
    if tries == 0:
        if rank == "1":
            # Not before the other has left its mark: the death of one ends both.
            while not (folder / "0-0").exists():
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)
    if rank == "0":
        report_outcome(outcome, f"worker 0 tried {tries + 1} times", 5)


if __name__ == "__main__":
    main()
