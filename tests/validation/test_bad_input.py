"""Bad input: one line that names field and value, exit 2, no traceback, and no file made or altered.

A row of `REFUSED` is what was typed, the words that the line must have, and the files that stood there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from pplcompare.models.beta_binomial import hierarchical
from pplcompare.models.document import canonical_json, model_document

from tests.models.test_specification_file import HIERARCHICAL
from tests.validation.test_cli import assert_refused, in_process, pplcompare

type Content = str | bytes | Callable[[Path], object]


class Refused(NamedTuple):
    arguments: list[str]
    words: list[str]
    files: Mapping[str, Content] = {}


def data(content: str | bytes, *words: str) -> Refused:
    """A CSV file."""
    return Refused(["run", "counts.csv"], list(words), {"counts.csv": content})


def option(*arguments: str, words: list[str]) -> Refused:
    return Refused(list(arguments), words)


def prior(text: str, *words: str) -> Refused:
    return Refused(["run", "--prior", text], list(words))


def spec(file: str, content: Content, *words: str) -> Refused:
    """A specification file."""
    return Refused(["run", "--quiet", "--model", file], list(words), {file: content})


def toml(old: str, new: str, *words: str) -> Refused:
    """The hierarchical model with some words exchanged."""
    assert old in HIERARCHICAL
    return spec("m.toml", HIERARCHICAL.replace(old, new), "m.toml", *words)


def document(old: str, new: str, *words: str) -> Refused:
    """Its JSON document with some words exchanged."""
    text = canonical_json(model_document(hierarchical()))
    assert old in text
    return spec("m.json", text.replace(old, new), "m.json", *words)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**9)


def results(path: Path) -> None:
    """A folder that is not ours, though it has a file of our name."""
    path.mkdir()
    (path / "results.json").write_text('{"schema_version": 1}')


COUNTS = {
    "k > n": data("group,n,k\na,10,11\n", "group 'a', successes", "got 11"),
    "k negative": data("group,n,k\na,10,-1\n", "counts.csv, line 2, column k", "'-1'"),
    "n negative": data("group,n,k\na,-10,1\n", "counts.csv, line 2, column n", "'-10'"),
    "k 3.5": data("group,n,k\na,10,3.5\n", "line 2, column k", "'3.5'"),
    "n 3.5": data("group,n,k\na,3.5,3\n", "line 2, column n", "'3.5'"),
    'k "3" within quotes of its own': data('group,n,k\na,10,"""3"""\n', "column k", "'\"3\"'"),
    "k true": data("group,n,k\na,10,true\n", "column k", "'true'"),
    "k NaN": data("group,n,k\na,10,NaN\n", "column k", "'NaN'"),
    "n infinity": data("group,n,k\na,inf,3\n", "column n", "'inf'"),
    "k missing": data("group,n,k\na,10,\n", "line 2, column k", "''"),
    "k NA": data("group,n,k\na,10,NA\n", "column k", "'NA'"),
    "n 1e1": data("group,n,k\na,1e1,3\n", "column n", "'1e1'"),
    "n over 2^53": data("group,n,k\na,9007199254740993,3\n", "group 'a', trials", "9007199254740993"),
    "k and n of different length": data("group,n,k\na,10,3\nb,10\n", "counts.csv, line 3: 3 columns needed, got 2"),
    "one column too many": data("group,n,k\na,10,3,4\n", "line 2: 3 columns needed, got 4"),
    "column missing": data("group,n\na,10\n", "counts.csv: column missing, got 'k'"),
    "column repeated": data("group,n,k,k\na,10,1,1\n", "counts.csv: column repeated, got 'k'"),
    "columns in another order than --columns says": Refused(
        ["run", "counts.csv", "--columns", "group=k,k=group"],
        ["line 2, column group", "'a'"],
        {"counts.csv": "group,n,k\na,10,1\n"},
    ),
    "zero groups": data("group,n,k\n", "no groups"),
    "empty file": data("", "counts.csv: an empty file"),
    "duplicate names": data("group,n,k\na,10,1\na,9,1\n", "group: two groups have the same name, got ('a', 'a')"),
    "name with a control character": data("group,n,k\na\x07,10,1\n", "control", r"'a\x07'"),
    "name with a terminal's escape": data("group,n,k\n\x1b[31ma,10,1\n", "control", r"'\x1b[31ma'"),
    "name with a line end": data('group,n,k\n"a\nb",10,1\n', "control", r"'a\nb'"),
    "name with a bidirectional character": data("group,n,k\na\u202eb,10,1\n", "bidirectional", r"'a\u202eb'"),
    "name empty": data("group,n,k\n,10,1\n", "group: a name is needed, got ''"),
    "name over 1024 bytes": data(f"group,n,k\n{'é' * 513},10,1\n", "group: a name over 1024 bytes", "'ééé"),
    "names equal after Unicode normalisation": data("group,n,k\né,10,1\ne\u0301,9,1\n", "same name", "'é'"),
    "counts in UTF-16": data("group,n,k\na,10,1\n".encode("utf-16"), "counts.csv: not UTF-8"),
    "counts of 1 GB": Refused(["run", "counts.csv"], ["counts.csv: larger than 100 MB"], {"counts.csv": huge}),
    "counts that are a FIFO": Refused(
        ["run", "counts.csv"], ["DATA: not a file", "'counts.csv'"], {"counts.csv": os.mkfifo}
    ),
    "counts that are a folder": Refused(["run", "."], ["DATA: not a file", "'.'"]),
    "two columns of trials": data("variant,users,visits,k\na,10,9,1\n", "two columns may be n", "--columns n=users or"),
    "two keys": data("site,week,n,k\na,1,9,3\na,2,9,3\nb,1,9,3\n", "line 3, column site", "--by site,week keeps both"),
    "an outcome missing": data("variant,converted\na,1\na,0\nb,\n", "line 4, column converted", "''"),
    "counts beyond Stan": Refused(
        ["show", "hierarchical", "large.csv", "--as", "stan"],
        ["Stan", "2147483647", "2147483648"],
        {"large.csv": "group,n,k\na,2147483648,1\n"},
    ),
    "counts beyond PyMC": Refused(
        ["show", "hierarchical", "large.csv", "--as", "pymc"],
        ["PyMC", "2147483647", "2147483648"],
        {"large.csv": "group,n,k\na,2147483648,1\n"},
    ),
}

PRIORS = {
    "shape 0": prior("alpha=Gamma(0, 9)", "Gamma shape", "got 0"),
    "shape negative": prior("alpha=Gamma(-1, 9)", "Gamma shape", "-1"),
    "shape infinite": prior("alpha=Gamma(1e999, 9)", "Gamma shape", "inf"),
    "shape boolean": prior("alpha=Gamma(True, 9)", "--prior", "arguments must be numbers, got 'Gamma(True, 9)'"),
    "shape NaN": prior("alpha=Gamma(nan, 9)", "--prior", "arguments must be numbers, got 'Gamma(nan, 9)'"),
    "shape text": prior("alpha=Gamma('16', 9)", "--prior", "arguments must be numbers", "'16'"),
    "shape with an escape": prior(r"alpha=Gamma('\d', 9)", "arguments must be numbers"),
    "shape a variable": prior("alpha=Gamma(beta, 9)", "arguments must be numbers", "beta"),
    "shape missing": prior("alpha=Gamma()", "Gamma takes shape, rate"),
    "Gamma with a scale": prior("alpha=Gamma(16, scale=2)", "Gamma takes a rate", "'scale'", "rate = 1 / scale"),
    "unknown argument": prior("alpha=Gamma(shap=16, rate=9)", "'shap'", "did you mean shape?"),
    "unknown distribution": prior("alpha=Gama(16, 9)", "did you mean Gamma?"),
    "unknown variable": prior("alhpa=Gamma(16, 9)", "alhpa", "did you mean alpha?"),
    "no distribution": prior("alpha", "--prior", "alpha", "Gamma(16, 9)"),
    "code": prior("alpha=__import__('os').remove('precious.txt')", "not a distribution"),
    "shell": prior("alpha=$(touch x)", "not a distribution", "touch x"),
    "brackets": prior("alpha=" + "(" * 150, "not a distribution"),
    "100,000 brackets": prior("alpha=" + "(" * 100_000, "cannot be read"),
    "prior twice": Refused(["run", "--prior", "alpha=Gamma(1, 9)", "--prior", "alpha=Gamma(2, 9)"], ["two priors"]),
    "ends exchanged": Refused(
        ["exact", "--model", "hierarchical", "--prior", "alpha=Uniform(2, 1)"], ["low", "(2.0, 1.0)"]
    ),
    "outside of the support": Refused(
        ["exact", "--model", "hierarchical", "--prior", "alpha=Uniform(-1, 1)"], ["alpha", "(-1, 1)"]
    ),
    "posterior that does not exist": Refused(
        ["exact", "--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(3.5)"], ["does not exist"]
    ),
    "beyond float64": option("exact", "--prior", "alpha=Gamma(1e308, 1e-308)", words=["peak"]),
}

SPECIFICATIONS = {
    "absent": Refused(["run", "--model", "m.toml"], ["m.toml: cannot be read: No such file or directory"]),
    "a folder": spec("m.toml", Path.mkdir, "m.toml: not a file"),
    "a FIFO": spec("m.toml", os.mkfifo, "m.toml: not a file"),
    "a device": spec("m.toml", lambda path: path.symlink_to("/dev/zero"), "m.toml: not a file"),
    "a link to itself": spec("m.toml", lambda path: path.symlink_to(path), "m.toml: ", "symbolic links"),
    "1 GB": spec("m.toml", huge, "m.toml: larger than 1 MB"),
    "1 GB of JSON": spec("m.json", huge, "m.json: larger than 1 MB"),
    "UTF-16": spec("m.toml", HIERARCHICAL.encode("utf-16"), "m.toml: not UTF-8"),
    "UTF-16 without mark": spec("m.toml", HIERARCHICAL.encode("utf-16-le"), "m.toml: not TOML"),
    "binary": spec("m.toml", bytes(range(256)), "m.toml: not UTF-8"),
    "empty": spec("m.toml", "", "m.toml: name: "),
    "empty JSON": spec("m.json", "", "m.json: not JSON"),
    "nested 100,000 deep": spec("m.toml", "a = " + "[" * 100_000, "m.toml: nested too deep"),
    "keys 100,000 deep": spec("m.toml", ".".join("a" * 100_000) + " = 1", "m.toml: nested too deep"),
    "JSON nested 100,000 deep": spec("m.json", '{"items":' * 100_000, "m.json: nested too deep"),
    "duplicate keys": toml("beta =", "alpha =", "not TOML", "overwrite"),
    "duplicate keys in JSON": spec("m.json", '{"name": "a", "name": "b"}', "duplicate key, got 'name'"),
    "unknown key": toml("[inputs]", "[input]", "unknown key, got 'input'; did you mean inputs?"),
    "unknown key of a variable": toml(
        'plate = "group" }\n\n[obs', "plaet = 1 }\n\n[obs", "'plaet'; did you mean plate?"
    ),
    "unknown key in JSON": document('"plate"', '"plaet"', "'plaet'; did you mean plate?"),
    "unknown name": toml("Beta(alpha", "Beta(alhpa", "rate: Beta alpha", "'alhpa'; did you mean alpha?"),
    "a boolean for a distribution": toml('"Gamma(16, 9)"', "true", "variables.alpha", "got True"),
    "shape 0": toml("16", "0", "Gamma shape", "got 0"),
    "shape boolean": toml("16", "true", "alpha: Gamma shape", "got 'true'"),
    "shape boolean in JSON": document("16.0", "true", "Gamma shape", "got True"),
    'shape "3" in JSON': document("16.0", '"3"', "alpha", "'3'"),
    "shape NaN in JSON": document("16.0", "NaN", "numbers must be finite, got 'NaN'"),
    "shape infinite in JSON": document("16.0", "1e999", "Gamma shape", "got inf"),
    "Gamma with a scale": toml("16, 9", "16, scale=2", "variables.alpha", "rate = 1 / scale"),
    "code": toml("Gamma(16, 9)", "__import__('os').remove('precious.txt')", "variables.alpha: not a distribution"),
    "a name that does not print": toml(
        '"hierarchical"', '"a\\u001b[31m\\u202eb"', "name: a printable text", r"a\x1b[31m\u202eb"
    ),
    "a name over 1024 bytes": toml('"hierarchical"', f'"{"é" * 513}"', "name: ", "1024 bytes", "'ééé"),
    "nothing observed": spec("m.toml", 'name = "m"\n[variables]\na = "Gamma(2, 3)"', "needs exactly one observation"),
    **{
        f"nothing observed, {command}": Refused(
            [command, "campaigns", "--model", "m.toml", "--out", "results", "--quiet"],
            ["needs exactly one observation"],
            {"m.toml": 'name = "m"\n[variables]\na = "Gamma(2, 3)"'},
        )
        for command in ("check", "bench")
    },
    "another suffix": spec("m.yaml", HIERARCHICAL, "--model: unknown model", ".toml or .json"),
}

OPTIONS = {
    "seed negative": option("run", "--seed", "-1", words=["seed", "got -1"]),
    "seed beyond 2^31 - 1": option("run", "--seed", "2147483648", words=["seed", "got 2147483648"]),
    "seed not an integer": option("run", "--seed", "1.5", words=["--seed", "'1.5'"]),
    "seed a word": option("run", "--seed", "lucky\nnumber", words=["--seed", r"'lucky\nnumber'"]),
    "seed true": option("run", "--seed", "True", words=["--seed", "'True'"]),
    "draws 0": option("run", "--draws", "0", words=["draws", "got 0"]),
    "chains 0": option("run", "--chains", "0", words=["chains", "got 0"]),
    "warmup 0": option("run", "--warmup", "0", words=["warmup", "got 0"]),
    "draws a fraction": option("run", "--draws", "1e3", words=["--draws", "'1e3'"]),
    "unknown data": option("run", "rat", words=["DATA", "'rat'", "rats"]),
    "path forced": option("run", "./rats", words=["'./rats'"]),
    "data with a null character": option("run", "a\0b", words=["DATA", r"'a\x00b'"]),
    "unknown model": option("run", "--model", "hierarchica", words=["hierarchica", "did you mean hierarchical?"]),
    "a model twice": option("exact", *["--model", "independent"] * 2, words=["two models of one name"]),
    "unknown backend": option("run", "--backends", "stam", words=["--backends", "'stam'", "stan"]),
    "unknown backend that is required": option("run", "--require", "stam", words=["--require", "'stam'", "stan"]),
    "draws twice": option("check", "rats", *("--draws", "a.nc", "--draws", "b.nc"), words=["--draws: given 2 times"]),
    "trials of two names": option("exact", "rats", "--next", "5", "--trials", "6", words=["given 2 times"]),
    "trials of a question twice": option("ask", *("predict", "rats"), *["--trials", "5"] * 2, words=["given 2 times"]),
    "columns given twice": option(
        "run", *["--columns", "n=a"] * 2, words=["--columns: given 2 times; it takes one value"]
    ),
    "part twice": option("calibrate", *("work", "store"), *["--part", "1/2"] * 2, words=["--part: given 2 times"]),
    "no backend": option("run", "--backends", "stan,", words=["--backends", "a name is missing"]),
    "columns": option("run", "campaigns", "--columns", "m=x", words=["--columns", "m=x"]),
    "groups named twice": option("exact", "--columns", "group=a", "--by", "b", words=["--by", "group=", "got 'b'"]),
    "by a column that is not there": option("exact", "rats", "--by", "gruop", words=["'gruop'", "did you mean group?"]),
    "columns twice": option("run", "campaigns", "--columns", "n=a,n=b", words=["--columns: given twice", "'n'"]),
    "one column for two": option("run", "campaigns", "--columns", "n=a,k=a", words=["two things"]),
    "mutant": option("run", "--mutant", "x", words=["--mutant", "'x'", "sd-0.95"]),
    "simulate nothing": option("simulate", words=["DATA: nothing to simulate", "--trials 200,10"]),
    "simulate unknown data": option("simulate", "rat", words=["no such data set", "did you mean rats?"]),
    "simulate data and groups": option("simulate", "rats", "--groups", "3", words=["--groups: DATA has groups"]),
    "simulate groups without trials": option("simulate", "--groups", "3", words=["--groups: needs the", "got 3"]),
    "simulate no groups": option("simulate", "--groups", "0", "--trials", "5", words=["--groups: ", "from 1", "got 0"]),
    "simulate too few trials": option("simulate", "--groups", "3", "--trials", "5,6", words=["--trials: ", "'5,6'"]),
    "simulate half a trial": option("simulate", "--trials", "5,0.5", words=["--trials: a whole number", "'0.5'"]),
    "simulate trials over 2^53": option("simulate", "--trials", "9007199254740993", words=["9007199254740993"]),
    "simulate trials of 100,000 digits": option("simulate", "--trials", "1" * 100_000, words=["--trials", "111…"]),
    "simulate a value without a name": option("simulate", "rats", "--given", "0.1", words=["--given: ", "rate=0.1"]),
    "simulate a value twice": option(
        "simulate", "rats", "--given", "alpha=1", "--given", "alpha=2", words=["--given: given twice", "'alpha'"]
    ),
    "simulate an unknown variable": option("simulate", "rats", "--given", "rte=1", words=["did you mean rate?"]),
    "simulate a value that is none": option("simulate", "rats", "--given", "rate=x", words=["--given: ", "got 'x'"]),
    "simulate a rate of 2": option("simulate", "rats", "--given", "rate=2", words=["given rate: outside", "(0, 1)"]),
    "simulate too few rates": option(
        "simulate", "campaigns", "--given", "rate=.1,.2,.3", words=["given rate: ", "got 3", "or 2"]
    ),
    "simulate two hyper-parameters in one": option(
        "simulate", "campaigns", "--given", "alpha=1,2", words=["given alpha: ", "got 2", "one number is needed"]
    ),
    "simulate an improper prior": option(
        "simulate",
        *("rats", "--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(1.5)"),
        words=["concentration: an improper prior", "concentration=1"],
    ),
    "simulate with a seed of a fraction": option("simulate", "rats", "--seed", "0.5", words=["--seed", "'0.5'"]),
    "simulate with a negative seed": option("simulate", "rats", "--seed", "-1", words=["seed: ", "got -1"]),
    "ask nothing known": option("ask", "predct", words=["'predct'", "'predict'"]),
    "ask of an unknown group": option("ask", "predict", "--group", "C", words=["--group: no such group", "A, B"]),
    "ask of a group twice": option("ask", "predict", "--group", "A", "--group", "A", words=["--group: given twice"]),
    "ask of a new group without trials": option("ask", "predict", "--new-group", words=["--new-group: ", "--trials"]),
    "ask of negative trials": option(
        "ask", "predict", "--trials", "-1", words=["--trials: ", "at least 0", "got '-1'"]
    ),
    "ask before an improper prior": option(
        "ask",
        *("together", "--model", "hierarchical_proportion", "--prior", "concentration=PowerLaw(1.5)", "--before"),
        words=["the posterior does not exist"],
    ),
    "ask a coin without rates": option("ask", "coins", words=["--rates"]),
    "ask a coin of a rate above 1": option("ask", "coins", "--rates", "0.5,1.5", words=["rates: ", "[0.5, 1.5]"]),
    "ask a coin of no number": option("ask", "coins", "--rates", "0.5,nan", words=["--rates: a number", "'nan'"]),
    "ask coins of too many weights": option(
        "ask", "coins", "--rates", "0.5", "--weights", ".5,.5", words=["weights: one weight", "give 1"]
    ),
    "ask coins of weights above 1": option(
        "ask", "coins", "--rates", "0.3,0.7", "--weights", ".5,.6", words=["weights: ", "sum to 1"]
    ),
    "ask coins of too many trials": option(
        "ask", "coins", "--rates", "0.3", "--trials", "10000000", words=["trials: ", "1,000,000", "got 10000000"]
    ),
    "ask of too wide a rate": option("ask", "redundant", "--mean", ".05", "--sd", ".3", words=["sd: ", "0.217945"]),
    "ask of an sd without a mean": option("ask", "redundant", "--sd", ".3", words=["--sd: needs", "--mean 0.05"]),
    "ask of data and a mean": option("ask", "redundant", "rats", "--mean", ".05", words=["DATA: means nothing"]),
    "ask of a mean before the data": option("ask", "together", "--mean", ".05", "--before", words=["--before: means"]),
    "ask of a mean of 1": option("ask", "redundant", "--mean", "1", words=["mean: must lie between", "got 1.0"]),
    "ask of no component": option("ask", "redundant", "-m", "0", words=["components: ", "from 1", "got 0"]),
    "ask of groups before the data": option("ask", "redundant", "--group", "A", "--before", words=["--before: all"]),
    "ask of a correlation above 1": option(
        "ask", "together", "--mean", ".05", "--correlation", "0,2", words=["correlation: ", "[0.0, 2.0]"]
    ),
    "unknown option": option("run", "--drawz", "4", words=["--drawz", "--draws"]),
    "unknown option with a line end": option("run", "--a\nb", words=[r"--a\nb"]),
    "unknown command": option("runn", words=["'runn'", "'run'"]),
    "one argument too many": option("exact", "rats", "baseball", words=["baseball"]),
    "show an unknown model": option("show", "hierarchica", words=["did you mean hierarchical?"]),
    "show in an unknown language": option("show", "hierarchical", "--as", "stam", words=["--as", "did you mean stan?"]),
    "show unknown data": option("show", "hierarchical", "nowhere", words=["known data sets", "surgical"]),
    "results folder that is not ours": Refused(
        ["run", "--out", "other", "--force"],
        ["--out: exists already", "'other'", "not a results folder"],
        {"other": results},
    ),
    "results folder that is a file": Refused(
        ["run", "--out", "report.html", "--force"], ["--out: exists already", "'report.html'"], {"report.html": "mine"}
    ),
}

HUGE = ("1000000000000", "9" * 30)


def too_large(command: str, name: str, *more: str, bound: str, why: str) -> dict[str, Refused]:
    """A number that no machine holds or waits for: the line names the option, the value, the bound and its reason."""
    return {
        f"{command} {name} {value[:13]}": option(
            *command.split(), name, value, *more, words=[f"{name}: ", bound, value, why]
        )
        for value in HUGE
    }


SIZES = {
    name: row
    for command in ("run", "check", "bench")
    for rows in (
        too_large(command, "--chains", bound="at most 10000,", why="together 1 GB"),
        too_large(command, "--draws", bound="at most 33554432 with 4 chains", why="together 1 GiB"),
        too_large(command, "--draws", "--chains", "8", bound="at most 16777216 with 8 chains", why="together 1 GiB"),
        too_large(command, "--warmup", bound="at most 250000000 with 4 chains", why="a quarter of an hour"),
    )
    for name, row in rows.items()
} | {
    **too_large("check", "--jobs", bound="at most 1000,", why="together 64 GB"),
    **too_large("selftest", "--jobs", bound="at most 1000,", why="together 64 GB"),
    **too_large("selftest", "--repetitions", bound="at most 10000000,", why="three hours"),
    **too_large("bench", "--rounds", bound="at most 100000,", why="together 1 GB"),
    "draws that a worker cannot hold": option(
        "run",
        "rats",
        "--draws",
        "10000000",
        words=["--draws, ", "71 numbers", "21.2 GiB", "may hold 8", "--memory-limit"],
    ),
    "draws of a nightly check that a worker cannot hold": option(
        "check", "rats", "--nightly", "--memory-limit", "0.01", words=["--draws, ", "71 numbers", "may hold 0.01"]
    ),
    "draws of a second look that a worker cannot hold": option(
        "check", "rats", "--memory-limit", "0.015", words=["--draws, ", "0.0212 GiB in the second look", "--one-look"]
    ),
    "draws of a benchmark that a worker cannot hold": option(
        "bench", "rats", "--draws", "10000000", words=["--draws, ", "71 numbers", "may hold 8"]
    ),
    "draws of 100,000 digits": option("check", "--draws", "1" * 100_000, words=["--draws", "too many digits", "111…"]),
    "draws of 100,000 digits elsewhere": option("run", "--draws", "1" * 100_000, words=["--draws", "111…"]),
    "draws 1e999999": option("run", "--draws", "1e999999", words=["--draws", "'1e999999'"]),
    "seed 1e999999": option("check", "--seed", "1e999999", words=["--seed", "'1e999999'"]),
    "seed of the self-test": option("selftest", "--seed", "2147483648", words=["seed", "got 2147483648"]),
    "time limit 1e999999": option("run", "--time-limit", "1e999999", words=["--time-limit", "got inf"]),
    "time limit NaN": option("run", "--time-limit", "nan", words=["--time-limit", "got nan"]),
    "memory limit 1e300": option("run", "--memory-limit", "1e300", words=["--memory-limit", "1e+09", "got 1e+300"]),
    "memory limit 0": option("check", "--memory-limit", "0", words=["--memory-limit", "above 0"]),
    "level 1e-999999": option("check", "--level", "1e-999999", words=["--level", "got 0.0"]),
    "level NaN": option("check", "--level", "nan", words=["--level", "got nan"]),
    "most negative": option("bench", "--most", "-1", words=["--most", "got -1"]),
    "slowdown NaN": option("bench", "--compare", "a", "b", "--slowdown", "nan", words=["--slowdown", "got nan"]),
}

REFUSED = {
    f"{kind}: {name}": row
    for kind, rows in (
        ("counts", COUNTS),
        ("prior", PRIORS),
        ("specification", SPECIFICATIONS),
        ("option", OPTIONS),
        ("size", SIZES),
    )
    for name, row in rows.items()
}
# In a process of its own everything from the interpreter's start counts, so a few go there as well.
PROCESSES = ("counts: k > n", "prior: 100,000 brackets", "specification: a FIFO", "option: seed not an integer")


def listing(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """Every file below the folder's parent: kind and rights, size, time of the last change, number."""
    found = {}
    for path in sorted(folder.parent.rglob("*")):
        it = path.lstat()
        found[str(path.relative_to(folder.parent))] = (it.st_mode, it.st_size, it.st_mtime_ns, it.st_ino)
    return found


def put(files: Mapping[str, Content], folder: Path) -> None:
    for name, content in files.items():
        if callable(content):
            content(folder / name)
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_one_line_exit_2_and_no_file_made_or_altered(name: str, folder: Path) -> None:
    arguments, words, files = REFUSED[name]
    put(files, folder)
    before = listing(folder)
    assert_refused(in_process(*arguments), words)
    assert listing(folder) == before


@pytest.mark.parametrize("name", PROCESSES)
def test_so_it_is_in_a_process_of_its_own(name: str, folder: Path) -> None:
    arguments, words, files = REFUSED[name]
    put(files, folder)
    before = listing(folder)
    assert_refused(pplcompare(*arguments, cwd=folder), words)
    assert listing(folder) == before


def test_a_listing_notices_a_file_made_and_one_altered(folder: Path) -> None:
    before = listing(folder)
    (folder / "precious.txt").write_text("y")
    assert listing(folder) != before
    before = listing(folder)
    (folder / "x").touch()
    assert set(listing(folder)) - set(before) == {"work/x"}
