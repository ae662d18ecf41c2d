"""Simulation-based calibration: many data sets from known truths, ranks, and a verdict that survives looks."""
