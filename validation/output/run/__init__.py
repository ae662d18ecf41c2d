"""What is made of a run: its results folder and its tables."""
