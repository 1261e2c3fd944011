"""Reads the settings, and passes notifications on until its input ends."""

from __future__ import annotations

import json
import os

from .lines import BEHIND, Lines
from .program import Program
from .vendor import Vendor

#: More than the settings may have, bytes.
_LONGEST = 1 << 20


def main() -> None:
    code = 0
    lines = Lines(_own_output())
    try:
        settings = json.loads(_first_line())
        program = Program(Vendor(settings), settings, lines)
        program.connect()
        program.run()
    except Exception as error:
        code = 0 if lines.fail(f"{error}" or type(error).__name__) else BEHIND
    # Lines that still wait are for a hub that is gone; the vendor's library may have threads of its own.
    os._exit(code)


def _own_output() -> int:
    """The standard output, for lines alone: whatever else is printed goes where complaints go."""
    output = os.dup(1)
    os.dup2(2, 1)
    return output


def _first_line() -> bytes:
    """Nothing after the first line is read ahead."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte or len(line) > _LONGEST:
            raise ValueError("there are no settings on the standard input: the hub starts this program")
        line += byte
    return line


if __name__ == "__main__":
    main()
