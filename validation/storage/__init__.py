"""Files and folders that are there whole or not at all, and locks that end with whoever holds them."""

from typing import Final

KEPT: Final = "what is "
"""How the notes of an error begin that say what was kept, and how to get the rest."""
