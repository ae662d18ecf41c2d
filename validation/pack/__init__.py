"""Exact answers in the reference format of posteriordb, for those who compare samplers by it."""
