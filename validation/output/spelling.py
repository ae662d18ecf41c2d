"""Text in the letters that an output has: signs get plain ones in their place, other letters their escapes."""

from __future__ import annotations

import json
from typing import Final

from rich.console import Console, ConsoleRenderable, RenderHook
from rich.text import Text

_PLAIN: Final = {
    **dict.fromkeys("–—−─", "-"),
    "…": "...",
    "×": "x",
    "±": "+-",
    "²": "^2",
    "≥": ">=",
    "≤": "<=",
    "’": "'",
}


def spelled(text: str, encoding: str) -> str:
    """Return a text with whatever an encoding lacks replaced: a dash stays a dash, a letter becomes JSON's escape."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_letter(letter, encoding) for letter in text)
    return text


def _letter(letter: str, encoding: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return _PLAIN.get(letter, json.dumps(letter)[1:-1])
    return letter


def spelled_text(text: Text, console: Console) -> Text:
    """Return a styled text in the letters that a console has."""
    if spelled(text.plain, console.encoding) == text.plain:
        return text
    parts = text.render(console, end="")
    return Text.assemble(*((spelled(part.text, console.encoding), part.style or "") for part in parts))


class Spelling(RenderHook):
    """Spells every text that a console prints, before it is wrapped; tables spell their own."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return what is printed, its texts spelled; tables spell their own."""
        return [spelled_text(one, self._console) if isinstance(one, Text) else one for one in renderables]
