"""`python -m mocknito`: the program of this environment, whatever the path says."""

from __future__ import annotations

import os
import subprocess
import sys

from . import binary


def main() -> int:
    words = [binary(), *sys.argv[1:]]
    if os.name != "nt":
        os.execv(words[0], words)
    # Windows cannot replace a process. A terminal's Ctrl-C reaches both; the program ends by it.
    process = subprocess.Popen(words)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
