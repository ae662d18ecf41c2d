"""The exact answer inside other people's tests: a log density for samplers, and checks of what they draw from it."""
