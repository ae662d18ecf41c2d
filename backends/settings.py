"""Settings of the No-U-Turn sampler, the same for every backend and passed explicitly, since defaults differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from pplcompare.models.errors import UsageError

_LEAST: Final = {"chains": 1, "warmup": 1, "draws": 1, "max_tree_depth": 1, "cores": 1}


@dataclass(frozen=True, slots=True)
class NUTSSettings:
    """What a NUTS run is asked to do.

    Attributes
    ----------
    chains, warmup, draws
        Number of chains; transitions of each chain that adapt and are thrown away; that are kept, without thinning.
    target_accept
        Mean acceptance statistic that the step size is adapted to, in (0, 1).
    max_tree_depth
        At most 2^depth - 1 leapfrog steps a transition.
    cores
        Number of chains that may run at the same time.
    """

    chains: int = 4
    warmup: int = 1000
    draws: int = 1000
    target_accept: float = 0.8
    max_tree_depth: int = 10
    cores: int = 1

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise UsageError(f"a whole number of at least {least} is needed", where=name, seen=value)
        if not 0.0 < self.target_accept < 1.0:
            raise UsageError("must lie between 0 and 1", where="target_accept", seen=self.target_accept)

    def as_dict(self) -> dict[str, int | float]:
        """The settings by name."""
        return asdict(self)


LARGEST_SEED: Final = 2**31 - 1


def checked_seed(seed: object) -> int:
    """Return `seed` if every backend can take it: a whole number from 0 to 2^31 - 1; 0 is a seed."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise UsageError("a whole number from 0 to 2147483647 is needed", where="seed", seen=seed)
    return seed
