"""Compilers from the specification to probabilistic programming libraries. Knows models, never validation."""
