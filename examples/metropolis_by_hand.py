import numpy as np
import pplcompare as pc

target = pc.target("campaigns", "hierarchical")


def fit(seed, draws, thin=30):
    rng, x, found = np.random.default_rng(seed), np.zeros((4, target.dimension)), []
    old = target.log_density(x)
    for _ in range(thin * (draws + 50)):
        y = x + rng.normal(0, [0.2, 0.15, 0.2, 0.4], x.shape)
        new = target.log_density(y)
        accept = np.log(rng.uniform(size=4)) < new - old
        x, old = np.where(accept[:, None], y, x), np.where(accept, new, old)
        found.append(x)
    return np.stack(found[50 * thin :: thin], axis=1)


print(target.assert_right(fit))
