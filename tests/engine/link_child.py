"""A child for the link tests: returns what it is sent, with a few orders of its own."""

from __future__ import annotations

import os
import sys

from engine import link
from engine.errors import LinkError


def main() -> None:
    mother = link.parent(at_once=os.environ.get("AT_ONCE") == "1")
    settings, _ = mother.receive()
    mother.send(
        {
            "settings": settings,
            "pid": os.getpid(),
            "argv": sys.argv[1:],
            "blas": os.environ.get("OPENBLAS_NUM_THREADS"),
            "fd_variable": os.environ.get(link.FD_VARIABLE),
        }
    )
    while True:
        try:
            header, body = mother.receive()
        except LinkError:
            return
        if header.get("order") == "die":
            os._exit(3)
        if header.get("order") == "stall":
            while True:
                pass
        mother.send(header, body)


if __name__ == "__main__":
    main()
