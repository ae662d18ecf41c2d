import blackjax
import jax
import pplcompare as pc

jax.config.update("jax_enable_x64", True)
target = pc.target("campaigns", "hierarchical")
density = target.jax()


def chain(key, draws):
    begin, warm, run = jax.random.split(key, 3)
    start = jax.random.uniform(begin, (target.dimension,), minval=-2, maxval=2)
    (state, tuned), _ = blackjax.window_adaptation(blackjax.nuts, density).run(warm, start, 500)
    step = blackjax.nuts(density, **tuned).step
    return jax.lax.scan(lambda s, k: (step(k, s)[0],) * 2, state, jax.random.split(run, draws))[1].position


def fit(seed, draws):
    return jax.lax.map(lambda key: chain(key, draws), jax.random.split(jax.random.key(seed), 4))


print(target.assert_right(fit))
