"""The conjugate pair of Beta and Binomial: what the quadrature integrates, and what is known of its rates."""
