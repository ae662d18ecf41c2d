"""The beta-binomial distribution for NumPyro, by log-gamma functions.

NumPyro's own calls `jax.scipy.special.betaln`, which JAX 0.12 computes with errors of 1e-6 where the larger argument
is just above 8.
"""

import jax
import jax.numpy as jnp
import numpyro.distributions as dist


class BetaBinomial(dist.BetaBinomial):
    """Successes in trials whose probability is drawn from a Beta distribution."""

    def log_prob(self, value: jax.Array) -> jax.Array:
        """Return the log probability of `value` successes, all constants kept."""
        trials, alpha, beta = self.total_count, self.concentration1, self.concentration0

        def log_gamma(z: jax.Array) -> jax.Array:
            return jax.scipy.special.gammaln(jnp.asarray(z, dtype=float))

        return (
            log_gamma(trials + 1)
            - log_gamma(value + 1)
            - log_gamma(trials - value + 1)
            + log_gamma(value + alpha)
            + log_gamma(trials - value + beta)
            - log_gamma(trials + alpha + beta)
            + log_gamma(alpha + beta)
            - log_gamma(alpha)
            - log_gamma(beta)
        )
