"""A module of a backend that imports a library at once."""

import msgspec

LIBRARY = msgspec
