"""Backends in other clothes: exact draws, without rates, or broken on purpose. Each is a `Backend` again."""
