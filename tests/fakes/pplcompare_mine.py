"""A whole backend of a third party: random-walk Metropolis in NumPy."""

import numpy as np
from pplcompare import NUTSSettings, Target
from pplcompare.testing import SamplerBackend

STEPS = 5  # of the walk, for each draw


class Mine(SamplerBackend):
    name = "mine"

    def sample(self, target: Target, settings: NUTSSettings, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        x = np.stack([target.start(rng) for _ in range(settings.chains)])
        value, scale, step, path = target.log_density(x), np.ones(target.dimension), 0.5, []
        for number in range(settings.warmup + settings.draws):
            for _ in range(STEPS):
                y = x + step * scale * rng.normal(size=x.shape)
                new = target.log_density(y)
                accepted = np.log(rng.uniform(size=len(x))) < new - value
                x, value = np.where(accepted[:, None], y, x), np.where(accepted, new, value)
                if number < settings.warmup:
                    step *= np.exp((accepted.mean() - 0.3) / (number + 1) ** 0.6)
            path.append(x)
            if number in (settings.warmup // 4, settings.warmup // 2):
                scale = np.std(path[number // 2 :], axis=(0, 1))
        return np.stack(path[settings.warmup :], axis=1)
