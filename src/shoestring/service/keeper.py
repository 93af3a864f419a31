"""``python -m shoestring.service.keeper MODULE ARGUMENTS``: a program, for as long as the server lives.

The server holds the other end of standard input. When that closes, because the server ended, was killed or crashed, the
program is asked to save and end, and is killed if it does not. So no training run is left behind without an owner.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 30.0


def watch(descriptor: int, grace: float = GRACE_SECONDS) -> None:
    """Wait for the end of ``descriptor``, then end this process and everything it started."""
    while os.read(descriptor, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(grace)
    # The server made this process the leader of a group of its own.
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the module named by the first argument with the other arguments."""
    # A server started in the background of a shell script ignores SIGINT, and its children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    lifeline = os.dup(sys.stdin.fileno())
    # The program must not read from the lifeline, nor hand it to processes of its own.
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    threading.Thread(target=watch, args=(lifeline,), daemon=True).start()
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
