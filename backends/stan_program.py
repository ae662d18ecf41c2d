"""A structure as a Stan program, and inputs as its data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from pplcompare.backends.counts_of_32_bits import require_32_bits
from pplcompare.backends.stan_sufficient import LADDERS, PROPORTION, ROWS, TAILS
from pplcompare.models.errors import UnsupportedModel
from pplcompare.models.inputs import Inputs
from pplcompare.models.structure import Input, Observed, Structure, Variable

# There is nothing to draw; asking for it is refused before.
_NOTHING: Final = "not_a_number()"


@dataclass(frozen=True, slots=True)
class _Entry:
    """The text of a distribution in Stan: its log density, its random numbers, and the bounds of its variable.

    Braces hold the names of our arguments; ``x`` is the name of the variable, ``log_x`` the sum of its logs.
    `functions` are definitions that the density needs. Given parameters, the density is the sum of `constant`, of data
    alone, and `rest`, if there are these; Stan's ``_lupmf`` leave out just that constant.
    """

    density: str
    draw: str
    bounds: str = ""
    functions: tuple[str, ...] = ()
    constant: str = ""
    rest: str = ""


DISTRIBUTIONS: Final[Mapping[str, _Entry]] = {
    "Beta": _Entry("beta_lpdf({x} | {alpha}, {beta})", "beta_rng({alpha}, {beta})", "lower=0, upper=1"),
    "BetaProportion": _Entry(
        "beta_proportion_lpdf({x} | {mean}, {concentration})",
        "beta_proportion_rng({mean}, {concentration})",
        "lower=0, upper=1",
    ),
    "Gamma": _Entry("gamma_lpdf({x} | {shape}, {rate})", "gamma_rng({shape}, {rate})", "lower=0"),
    "InverseGamma": _Entry("inv_gamma_lpdf({x} | {shape}, {scale})", "inv_gamma_rng({shape}, {scale})", "lower=0"),
    "Exponential": _Entry("exponential_lpdf({x} | {rate})", "exponential_rng({rate})", "lower=0"),
    "LogNormal": _Entry("lognormal_lpdf({x} | {mu}, {sigma})", "lognormal_rng({mu}, {sigma})", "lower=0"),
    # Stan has no half distributions: twice the density of the whole one.
    "HalfNormal": _Entry(
        "normal_lpdf({x} | 0, {scale}) + size({x}) * log2()", "abs(normal_rng(0, {scale}))", "lower=0"
    ),
    "HalfCauchy": _Entry(
        "cauchy_lpdf({x} | 0, {scale}) + size({x}) * log2()", "abs(cauchy_rng(0, {scale}))", "lower=0"
    ),
    "HalfStudentT": _Entry(
        "student_t_lpdf({x} | {df}, 0, {scale}) + size({x}) * log2()",
        "abs(student_t_rng({df}, 0, {scale}))",
        "lower=0",
    ),
    "Uniform": _Entry("uniform_lpdf({x} | {low}, {high})", "uniform_rng({low}, {high})", "lower={low}, upper={high}"),
    "Pareto": _Entry("pareto_lpdf({x} | {scale}, {shape})", "pareto_rng({scale}, {shape})", "lower={scale}"),
    # Stan has no power law; its log density is written out.
    "PowerLaw": _Entry("-{exponent} * {log_x}", _NOTHING, "lower=0"),
    "Binomial": _Entry(
        "binomial_lpmf({x} | {trials}, {probability})",
        "binomial_rng({trials}, {probability})",
        constant="lchoose({trials}, {x})",
        rest="binomial_lupmf({x} | {trials}, {probability})",
    ),
    "BetaBinomial": _Entry(
        "beta_binomial_lpmf({x} | {trials}, {alpha}, {beta})",
        "beta_binomial_rng({trials}, {alpha}, {beta})",
        constant="lchoose({trials}, {x})",
        rest="beta_binomial_lupmf({x} | {trials}, {alpha}, {beta})",
    ),
    "WeightedBetaBinomial": _Entry(
        "weighted_beta_binomial({x}, {trials}, {weight}, {offset}, {alpha}, {beta})", _NOTHING, functions=ROWS
    ),
    "WeightedBetaBinomialProportion": _Entry(
        f"weighted_beta_binomial({{x}}, {{trials}}, {{weight}}, {{offset}}, {PROPORTION})", _NOTHING, functions=ROWS
    ),
    "BetaBinomialTails": _Entry(
        f"beta_binomial_tails({LADDERS}, {{offset}}, {{alpha}}, {{beta}})", _NOTHING, functions=TAILS
    ),
    "BetaBinomialProportionTails": _Entry(
        f"beta_binomial_tails({LADDERS}, {{offset}}, {PROPORTION})", _NOTHING, functions=TAILS
    ),
}
"""Our distribution -> Stan's."""

# A variable would hide the function of its name.
_FUNCTIONS: Final = {"log", "sum"}.union(
    *(
        re.findall(r"\w+(?=\()", " ".join((entry.density, entry.draw, entry.constant, entry.rest, *entry.functions)))
        for entry in DISTRIBUTIONS.values()
    )
)

_RESERVED: Final = _FUNCTIONS.union(
    """
    for in while repeat until if then else true false target int real complex vector simplex unit_vector
    sum_to_zero_vector ordered positive_ordered row_vector matrix complex_vector complex_row_vector complex_matrix
    cholesky_factor_corr cholesky_factor_cov corr_matrix cov_matrix row_stochastic_matrix column_stochastic_matrix
    sum_to_zero_matrix functions model data parameters quantities transformed generated var return void reject print
    fatal_error profile get_lp jacobian lower upper offset multiplier tuple array typedef struct export auto extern
    static break continue
    """.split()  # noqa: SIM905 - prose is easier to compare with the manual
)


def identifiers(structure: Structure) -> dict[str, str]:
    """Return name -> Stan identifier, for every item and for the size of every plate (``size of <plate>``)."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for item in (*structure.inputs, *structure.random):
        names[item.name] = _free(f"{item.name}_v" if item.name in _RESERVED else item.name, taken)
    for index, plate in enumerate(structure.plates, start=1):
        names[f"size of {plate}"] = _free(f"size_{index}", taken)
    return names


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "v"
    taken.add(name)
    return name


def stan_program(structure: Structure, *, constants_once: bool = False) -> str:
    """Return the Stan program of a structure; all numbers are data, all constants of the densities are kept.

    Parameters
    ----------
    constants_once
        Write the same density faster: log binomial coefficients are computed with the data, not at every step. For
        samplers only, to which ``_lupmf`` always means the same.

    Raises
    ------
    UnsupportedModel
        For a distribution that is not in the table.
    """
    names = identifiers(structure)
    sizes = {plate: names[f"size of {plate}"] for plate in structure.plates}
    declared = partial(_declared, sizes=sizes, amounts=structure.amounts)
    data = [f"int<lower=0> {size};" for size in sizes.values()]
    data += [f"{declared(item)} {names[item.name]};" for item in structure.inputs]
    parameters: list[str] = []
    target: list[str] = []
    once: list[str] = []
    functions: dict[str, None] = {}
    variables = {variable.name for variable in structure.variables}
    for random in structure.random:
        name = names[random.name]
        entry = _entry(random)
        functions |= dict.fromkeys(entry.functions)
        words = {argument: names[str(value)] for argument, value in random.distribution.arguments.items()}
        if isinstance(random, Variable):
            bounds = entry.bounds.format(**words)
            kind = f"real<{bounds}>" if random.plate is None else f"vector<{bounds}>[{sizes[random.plate]}]"
            parameters.append(f"{kind} {name};")
        else:
            data.append(f"{declared(random)} {name};")
        log_x = f"log({name})" if random.plate is None else f"sum(log({name}))"
        density = entry.density
        if constants_once and entry.constant and not variables.isdisjoint(random.distribution.arguments.values()):
            constant = _free(f"{name}_constant", set(names.values()))
            once.append(f"real {constant} = sum({entry.constant.format(x=name, **words)});")
            density = f"{entry.rest} + {constant}"
        target.append(f"target += {density.format(x=name, log_x=log_x, **words)};")
    blocks = {
        "functions": "\n".join(functions).splitlines(),
        "data": data,
        "transformed data": once,
        "parameters": parameters,
        "model": target,
    }
    return "".join(f"{block} {{\n{_indented(lines)}}}\n" for block, lines in blocks.items() if lines)


def _declared(item: Input | Observed, sizes: Mapping[str, str], amounts: Collection[str]) -> str:
    """Return the type of what is data."""
    if item.plate is None:
        return "real"
    size = sizes[item.plate]
    return f"vector<lower=0>[{size}]" if item.name in amounts else f"array[{size}] int<lower=0>"


def _entry(random: Variable | Observed) -> _Entry:
    kind = type(random.distribution).__name__
    if kind not in DISTRIBUTIONS:
        raise UnsupportedModel("distribution not in Stan's table", where=random.name, seen=kind)
    return DISTRIBUTIONS[kind]


def stan_data(structure: Structure, inputs: Inputs) -> dict[str, object]:
    """Return the data of `stan_program` by Stan's names.

    Raises
    ------
    UnsupportedModel
        For a count beyond Stan's 32 bits.
    """
    require_32_bits(structure, inputs, "Stan")
    names = identifiers(structure)
    data: dict[str, object] = {names[f"size of {plate}"]: inputs.sizes[plate] for plate in structure.plates}
    data |= {names[name]: value for name, value in inputs.constants.items()}
    arrays = (*inputs.counts.items(), *inputs.observed.items())
    return data | {names[name]: values.tolist() for name, values in arrays}


def stan_source(structure: Structure, inputs: Inputs) -> str:
    """Return the program with the numbers in place: it needs no data.

    Its density is that of the program that samples, which computes log binomial coefficients once.
    """
    values, amounts = stan_data(structure, inputs), {identifiers(structure)[name] for name in structure.amounts}
    lines = stan_program(structure).splitlines(keepends=True)
    start = lines.index("data {\n")
    end = lines.index("}\n", start)
    declared = []
    for line in lines[start + 1 : end]:
        name = line.split()[-1].rstrip(";")
        declared.append(line.replace(";", f" = {_literal(values[name], vector=name in amounts)};"))
    return "".join([*lines[:start], "transformed data {\n", *declared, *lines[end:]])


def _literal(value: object, *, vector: bool) -> str:
    if not isinstance(value, list):
        return repr(value)
    inside = ", ".join(map(repr, value))
    return f"[{inside}]'" if vector else f"{{{inside}}}"


def _indented(lines: list[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)
