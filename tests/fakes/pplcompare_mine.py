"""A whole backend of a third party: Hamiltonian Monte Carlo in NumPy."""

import numpy as np
from pplcompare.testing import SamplerBackend


class Mine(SamplerBackend):
    name = "mine"

    def sample(self, target, settings, seed):
        rng = np.random.default_rng(seed)
        x = np.stack([target.start(rng) for _ in range(settings.chains)])
        step, kept = 0.1, []
        for number in range(settings.warmup + settings.draws):
            momentum = rng.normal(size=x.shape)
            y, p = x, momentum + 0.5 * step * target.gradient(x)
            for _ in range(rng.integers(5, 16)):
                y = y + step * p
                p = p + step * target.gradient(y)
            p = p - 0.5 * step * target.gradient(y)
            energy = target.log_density(y) - target.log_density(x) + ((momentum**2 - p**2) / 2).sum(axis=1)
            accepted = np.log(rng.uniform(size=len(x))) < energy
            x = np.where(accepted[:, None], y, x)
            if number < settings.warmup:
                step *= np.exp((accepted.mean() - 0.8) / np.sqrt(number + 1))
            else:
                kept.append(x)
        return np.stack(kept, axis=1)
