"""What a command is given by its surroundings, made safe before it does anything: rights of new files, an encoding."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from typing import Final

_NOT_FOR_OTHERS: Final = 0o022
_ESCAPED: Final = "pplcompare.escaped"


def make_safe() -> None:
    """Let nobody else write what this process and its children make, and print what cannot be encoded as an escape.

    An umask that is narrower is kept: new files have at most the rights 0644 and new folders 0755. Escapes are those of
    JSON, so that a document that is printed in ASCII is still the same document.
    """
    os.umask(os.umask(_NOT_FOR_OTHERS) | _NOT_FOR_OTHERS)
    codecs.register_error(_ESCAPED, _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPED)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
