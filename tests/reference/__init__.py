"""Answers that share no code with the package: textbook formulas in mpmath, and the inputs that try them."""
