"""The command line: ``python -m pplcompare``."""

from __future__ import annotations

from pplcompare.validation.cli import main

if __name__ == "__main__":
    main(prog_name="python -m pplcompare")
