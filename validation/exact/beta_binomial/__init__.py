"""The family of Beta rates and Binomial observations.

`row` is what the quadrature is given. Behind it: `shapes`, `likelihood` with `multiplicity` (rates integrated out),
`exponent` and `derived`, `beta` (the law of a rate), `rates` with `mixture`, `rate_lattice`, `rate_marginal` and
`rate_moments` (its mixtures), `predictive`, `order`, `polygamma` and `conditional_rate`.
"""
