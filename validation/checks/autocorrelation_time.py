"""The integrated autocorrelation time of chains, by Geyer's initial monotone sequence."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

_CONSTANT: Final = float(np.finfo(np.float64).resolution)


def autocorrelation_time(chains: NDArray[np.float64]) -> float:
    r"""Return how many draws of the chains weigh as much as one independent draw, for the mean over all chains.

    The autocorrelations at lag t combine all chains, :math:`\hat\rho_t = 1 - (W - \bar c_t) / \hat v`, with the
    variance W within chains, their mean autocovariance :math:`\bar c_t`, and the variance :math:`\hat v` within and
    between chains.
    Sums of two neighbouring ones are added while they are positive, each at most as large as those before it; the first
    autocorrelation of the pair that ends the sequence is added once where it is positive or its pair is.

    Parameters
    ----------
    chains
        (chain, draw): at least two chains of at least two draws.

    Returns
    -------
    float
        At least 1 / log10(number of draws), so that antithetic chains count at most as N log10 N draws; 1 where all
        draws are equal to 1e-15; NaN where a draw is.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), equations 10 to 13; Geyer (1992),
    Statistical Science 7(4), section 3.3. The end of the sequence and the cap are those of Stan and ArviZ.
    """
    if float(np.max(chains) - np.min(chains)) < _CONSTANT:
        return 1.0
    rho = _autocorrelations(chains)
    if np.isnan(rho).any():
        return float("nan")
    draws = chains.shape[1]
    # The last pair of lags serves only to end the sequence.
    pairs = rho[: 2 * max((draws - 1) // 2, 1)].reshape(-1, 2).sum(axis=1)
    ended = pairs <= 0.0
    end = int(np.argmax(ended)) if ended.any() else len(pairs) - 1
    even = float(rho[2 * end])
    last = even if even > 0.0 or pairs[end] >= 0.0 else 0.0
    time = -1.0 + 2.0 * float(np.minimum.accumulate(pairs[:end]).sum()) + last
    return max(time, 1.0 / float(np.log10(chains.size)))


def _autocorrelations(chains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocorrelations of all chains together at the lags 0, 1, ..., draws - 1.

    The operations and their order are those of ArviZ: where two neighbours add up to zero, as they do for indicators,
    rounding decides whether the sequence ends.
    """
    draws = chains.shape[1]
    # Zeros behind each chain keep its end from being multiplied by its beginning.
    padded = next_fast_len(2 * draws, real=True)
    spectrum = np.fft.rfft(chains - chains.mean(axis=1, keepdims=True), n=padded, axis=1)
    each = np.fft.irfft(spectrum * np.conjugate(spectrum), n=padded, axis=1)[:, :draws] / draws
    covariance = np.ascontiguousarray(each.T).mean(axis=1)
    within = covariance[0] * draws / (draws - 1.0)
    total = within * (draws - 1.0) / draws + np.var(chains.mean(axis=1), ddof=1)
    rho: NDArray[np.float64] = 1.0 - (within - covariance) / total
    rho[0] = 1.0
    return rho
