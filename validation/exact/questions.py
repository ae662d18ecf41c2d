"""What people ask of an exact answer, by the names of groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, SupportsIndex

from pplcompare.models.counts import Counts
from pplcompare.models.errors import AccuracyError, UsageError, did_you_mean
from pplcompare.validation.exact.quadrature.law import Predictive
from pplcompare.validation.exact.quadrature.pair import Certain, Contrast, Pair, Ranked
from pplcompare.validation.exact.subscript import group_at

type Group = str | SupportsIndex | None
"""The name of a group, its position, or None for a group never seen."""

_SIGN: Final = " > "
_GREATER: Final = 1e-9
"""The error of a probability that one rate is greater."""
_THREE_DIGITS: Final = 2.5e-4
_SMALLEST: Final = 1e-300


class RankedGroup(NamedTuple):
    """A group in a ranking.

    Attributes
    ----------
    group
        Its name.
    mean
        The posterior mean of its rate.
    best
        The probability that its rate is the highest of all.
    rank
        Its expected rank; 1 is the highest.
    above
        The probability that its rate is higher than that of the next group; None for the last.
    loss
        The expected loss of choosing it: by how much the highest rate of all exceeds its own on average.
    """

    group: str
    mean: float
    best: float
    rank: float
    above: float | None
    loss: float


class Questions(ABC):
    """Questions about groups by their names: a text is a name, a whole number a position, None a group never seen."""

    counts: Counts
    plate_variable: str

    @abstractmethod
    def probability_greater(self, one: Group, other: Group) -> float:
        """Return P(latent of `one` > latent of `other`), to 1e-9."""

    @abstractmethod
    def pair(self, one: Group, other: Group) -> Pair:
        """Return two groups, the one and the other."""

    @abstractmethod
    def predictive(self, group: Group, trials: int | None = None) -> Predictive:
        """Return the distribution of the count of a group's next campaign."""

    @abstractmethod
    def ranked(self) -> Ranked:
        """Return all groups in order, by their numbers."""

    @abstractmethod
    def once[T](self, name: str, compute: Callable[[], T]) -> T:
        """Return the result of `compute` when it was first asked for by this name."""

    def _called(self, place: int | None) -> str:
        return "a new group" if place is None else self.counts.groups[place]

    def _compared(self, one: int | None, other: int | None, sign: str) -> str:
        """Return how a comparison of two rates is called."""
        return f"{self.plate_variable} of {self._called(one)} {sign} {self.plate_variable} of {self._called(other)}"

    def ranking(self) -> list[RankedGroup]:
        """Return all groups, the highest mean first, with the probability of being the best and what else is known.

        The cost grows with the distinct pairs of counts, not with pairs of groups: ten thousand take seconds.
        """
        order, *columns, _ = self.ranked()
        values = zip(*(column.tolist() for column in columns), strict=True)
        names = [self.counts.groups[i] for i in order.tolist()]
        rows = [RankedGroup(name, *row) for name, row in zip(names, values, strict=True)]
        return [*rows[:-1], rows[-1]._replace(above=None)]

    def greater(self, one: Group, other: Group) -> float:
        """Return the probability that the rate of `one` is greater than that of `other`, to 1e-9.

        Raises
        ------
        UsageError
            If there is no such group, or both are the same.
        AccuracyError
            If it could not be certified.
        """
        return self.probability_greater(self.position(one), self.position(other))

    def p(self, statement: str) -> float:
        """Return the probability of a statement like ``"B > A"``, as `greater`; blanks may be left out.

        Raises
        ------
        UsageError
            If it does not name two groups with one `` > `` between them, or if it can be read in more than one way: a
            group may itself be called ``a > b``, and `greater` takes names as they are.
        """
        groups = self.counts.groups
        readings = splits(str(statement), _SIGN)
        known = known_pairs(readings, groups)
        if not readings:
            readings = [(one.strip(), other.strip()) for one, other in splits(str(statement), _SIGN.strip())]
            known = known_pairs(readings, groups)
        if not known and len(readings) == 1 and all(readings[0]):
            unknown = next(name for name in readings[0] if name not in groups)
            raise UsageError(
                "no such group", where=f"p({statement!r})", seen=unknown, mend=did_you_mean(unknown, groups)
            )
        if len(known) != 1:
            problem = "cannot be read in one way only" if known else "must name two groups with ' > ' between them"
            mend = "use greater(one, other), which takes names as they are"
            if not known:
                mend = f"for example {groups[-1]} > {groups[0]}" if len(groups) > 1 else "there is one group"
            raise UsageError(problem, where="p", seen=statement, mend=mend)
        return self.greater(*known[0])

    def difference(self, one: Group, other: Group) -> Contrast:
        """Return the distribution of the rate of `one` less that of `other`.

        Its mean, sd, `cdf`, `sf`, `quantile`, central 94 % `interval` and shortest one, `hdi`, come from quadrature,
        with probabilities to 1e-8; ``sf(0.05)`` is the probability that `one` is better by more than 5 points.

        Raises
        ------
        UsageError, AccuracyError
            As `greater`.
        """
        places = self.position(one), self.position(other)
        label = self._compared(*places, "-")
        return self.once(f"difference {places}", lambda: self.pair(*places).difference.named(label))

    def ratio(self, one: Group, other: Group) -> Contrast:
        """Return the distribution of the rate of `one` divided by that of `other`, as `difference`.

        Its mean is infinite where it does not exist: where the rate of `other` may be too close to zero.
        """
        places = self.position(one), self.position(other)
        label = self._compared(*places, "/")
        return self.once(f"ratio {places}", lambda: self.pair(*places).ratio.named(label))

    def loss(self, chosen: Group, other: Group) -> float:
        """Return the expected loss of choosing one group, in units of rates, to 1e-8: E max(other - chosen, 0).

        Raises
        ------
        UsageError, AccuracyError
            As `greater`.
        """
        return self.pair(chosen, other).loss.value

    def loss_if_worse(self, chosen: Group, other: Group) -> float:
        """Return the expected loss of choosing one group given that it is the worse one, in units of rates.

        That is E(other - chosen | other > chosen), `loss` divided by P(other > chosen), to three digits or more.

        Raises
        ------
        UsageError
            As `greater`.
        AccuracyError
            If it is so improbable that the chosen one is worse that three digits are not certified.
        """
        return conditional_loss(self.pair(chosen, other).loss, self.probability_greater(other, chosen))

    def predict(self, group: Group, trials: int | None = None) -> Predictive:
        """Return the distribution of the successes of a group's next campaign; of a new group's for None.

        It has `mean`, `sd`, `interval`, `pmf`, `cdf` and `quantile`. For a table of all counts take `counts_to_come`.

        Parameters
        ----------
        trials
            The size of that campaign; the default is the size of the group's campaign in the data.

        Raises
        ------
        UsageError
            If there is no such group, or if a new one is given no trials.
        """
        place, law = self.position(group), self.predictive(group, trials)
        return self.once(f"successes {place, law.n}", lambda: law.named(self._called(place)))

    def position(self, group: Group) -> int | None:
        """Return the number of a group that is given by its name or position; None stays a group never seen.

        Raises
        ------
        UsageError
            If there is no such group.
        """
        return None if group is None else group_at(group, self.plate_variable, self.counts.groups, new=True)


def splits(statement: str, sign: str) -> list[tuple[str, str]]:
    """Return all ways to read a statement as two names with a sign between them."""
    parts = statement.split(sign)
    return [(sign.join(parts[:i]), sign.join(parts[i:])) for i in range(1, len(parts))]


def known_pairs(readings: Sequence[tuple[str, str]], groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return the readings whose names are both those of groups."""
    return [names for names in readings if set(names) <= set(groups)]


def conditional_loss(loss: Certain, worse: float) -> float:
    """Return an expected loss given that the chosen group is the worse one, from the probability of that, to 1e-9.

    Raises
    ------
    AccuracyError
        If three digits are not certified.
    """
    if max(loss.error / max(loss.value, _SMALLEST), _GREATER / max(worse, _SMALLEST)) > _THREE_DIGITS:
        what = f"the loss if it is the worse one, with probability {worse:.1e}, is not certified to three digits"
        raise AccuracyError(what, where="exact answer")
    return loss.value / worse


def two_groups(groups: Sequence[int | None]) -> None:
    """Refuse to compare a group with itself; two new groups are two.

    Raises
    ------
    UsageError
        If both are the same group.
    """
    one, other = groups
    if one is not None and one == other:
        raise UsageError("two different groups are needed", where="comparison", seen=(one, other))
