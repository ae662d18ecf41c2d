"""Chains, or parts of them, that are copies of others: noisy, lagged, reversed.

Chains of one fit are independent. Each projection of the draws is whitened, so that what is left of a chain is noise
that no other chain can know, and correlated with every other chain at all lags, in both directions. A series that is
copied in reverse is reversed before it is whitened: the noise of a reversed chain is not its noise reversed.

The sum over n draws and P projections of products of white noise, divided by sqrt(n P), has mean 0 and variance 1 for
right chains. `LIMIT` is a bound, not a quantile: a normal variable exceeds it with probability 4e-33, a sum of 200
products of normal variables with less than 3e-25, and that of a chain with its own reverse, in which each product
counts twice, with less than 4e-13 (Chernoff). So these comparisons do not use their share of the family-wise level.
Whitened chains are not quite white, nor normal: ``benchmarks/chain_maxima.py`` shows their greatest values.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from pplcompare.models.float_array import Float
from pplcompare.validation.checks.comparisons import not_tested
from pplcompare.validation.checks.result import CheckResult, compared
from scipy import fft, linalg

NAMES: Final = ("copies of chains", "copies of parts")
"""The comparisons that `copy_results` makes; their statistics are no scores of the family-wise level."""

LIMIT: Final = 12.0
"""The greatest correlation times sqrt(n P) that passes."""

LEAST_OVERLAP: Final = 200
"""The smallest number of draws that are compared with others."""

LEAST_WINDOW: Final = 250
"""The length of a part, or a tenth of the chain if that is more."""

_WINDOWS: Final = 10
_ORDER: Final = 12
# A copy of a part within its own chain is looked for where a chain with enough effective draws has forgotten itself.
_LEAST_SHIFT: Final = 100
# Jumps of chains that often stay where they are would otherwise outweigh the rest of a chain.
_MOST_INNOVATION: Final = 4.0
_MOST_POINTS: Final = 3e7
_TINY: Final = 1e-12


def planned_copies() -> int:
    """Return the number of comparisons that `copy_results` makes at most."""
    return len(NAMES)


def copy_results(series: Float) -> list[CheckResult]:
    """Compare all chains, and parts of them, with all chains.

    Time and memory are bounded: of more chains than can be compared each is compared with as many that follow it as
    possible, and a result that was not tested says which are left out.

    Parameters
    ----------
    series : (projection, chain, draw)
        From `projections`.
    """
    chains, length = series.shape[1:]
    if length < LEAST_OVERLAP or not len(series):
        return [not_tested(name, "all chains", f"fewer than {LEAST_OVERLAP} draws in a chain") for name in NAMES]
    window = max(LEAST_WINDOW, length // _WINDOWS)
    forward, backward = _innovations(series), _innovations(series[:, :, ::-1])
    results = []
    for name, size in zip(NAMES, (length, min(window, length)), strict=True):
        parts = length // size
        points = 2.0 * chains * parts * fft.next_fast_len(length + size, real=True)
        distance = min(chains - 1, int(_MOST_POINTS // points))
        greatest, where = _greatest(forward, (forward, backward), size, distance)
        found = where if greatest > LIMIT else ""
        results.append(compared(name, "all chains", greatest, LIMIT, found, kind="copy"))
        if distance < chains - 1:
            reason = f"each of {chains} chains is compared with the {distance} that follow"
            results.append(not_tested(name, "chains further apart", reason))
    return results


def _innovations(series: Float) -> Float:
    """Return series whitened by an autoregression that all chains share (Yule and Walker), bounded, of variance 1."""
    length = series.shape[-1]
    series = series - series.mean(axis=-1, keepdims=True)
    order = min(_ORDER, length - 1)
    lagged = [(series[..., lag:] * series[..., : length - lag]).sum(axis=(1, 2)) for lag in range(order + 1)]
    white = series.copy()
    for index, covariance in enumerate(np.array(lagged).T):
        covariance[0] *= 1.0 + _TINY
        weights = linalg.solve_toeplitz(covariance[:-1], covariance[1:])
        for lag, weight in enumerate(weights, 1):
            white[index, :, lag:] -= weight * series[index, :, : length - lag]
    white /= white.std(axis=(1, 2), keepdims=True)
    return np.clip(white, -_MOST_INNOVATION, _MOST_INNOVATION)


def _greatest(series: Float, others: tuple[Float, Float], size: int, distance: int) -> tuple[float, str]:
    """Return the greatest correlation, in standard errors, of parts of chains with chains, and where it is."""
    projections, chains, length = series.shape
    points = fft.next_fast_len(length + size, real=True)
    spectra = [fft.rfft(other, points, axis=-1) for other in others]
    # Where a part begins in the other chain, from one that overlaps by its end to one that overlaps by its beginning.
    begins = np.arange(LEAST_OVERLAP - size, length - LEAST_OVERLAP + 1)
    overlap = np.minimum(begins + size, length) - np.maximum(begins, 0)
    errors = np.sqrt(projections * overlap)
    greatest, where = 0.0, ""
    for start in range(0, length - size + 1, size):
        # Of a part that is copied near itself nothing is known: a chain remembers itself for a while.
        own = np.abs(begins - start) < max(_LEAST_SHIFT, length // _WINDOWS)
        part = np.conj(fft.rfft(series[..., start : start + size], points, axis=-1))
        for chain in range(chains):
            for step in range(distance + 1):
                other = (chain + step) % chains
                for direction, spectrum in zip(("", ", reversed"), spectra, strict=True):
                    product = np.einsum("pf,pf->f", part[:, chain], spectrum[:, other])
                    found = fft.irfft(product, points)[begins] / errors
                    if not step and not direction:
                        found[own] = 0.0
                    at = int(np.argmax(np.abs(found)))
                    if abs(found[at]) > greatest:
                        greatest = float(abs(found[at]))
                        where = f"chain {other + 1}{direction} has draws of chain {chain + 1} from {start + 1} on"
    return greatest, where
