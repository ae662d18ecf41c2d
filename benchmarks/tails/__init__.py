"""Tails of the statistics of checks, simulated far beyond what counting reaches."""
