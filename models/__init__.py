"""The specification of models, their data, density and simulation in NumPy. Knows nobody."""
