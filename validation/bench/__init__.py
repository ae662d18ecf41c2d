"""How fast, fairly: timed runs of fits that passed, and what they say."""
