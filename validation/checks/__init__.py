"""Is it the same model, is the posterior right: comparisons, their limits, and what they found."""
