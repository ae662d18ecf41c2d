"""Commands with many options, whose help has them in groups."""

from __future__ import annotations

from typing import Final

import click

_MODEL, _BACKENDS, _SAMPLING, _DECISION, _OUTPUT = (
    *("Model and data", "Backends", "Sampling"),
    *("Decision", "Output"),
)
GROUPS: Final = (_MODEL, _BACKENDS, _SAMPLING, _DECISION, _OUTPUT)
"""The groups, in the order of the help."""

GROUP_OF: Final = {
    **dict.fromkeys(("columns", "by", "models", "priors", "marginal", "scaling", "most", "source", "times"), _MODEL),
    **dict.fromkeys(
        (
            *("backends", "require", "time_limit", "memory_limit", "jobs", "mutant", "cold", "own_simulator"),
            *("part", "dask"),
        ),
        _BACKENDS,
    ),
    **dict.fromkeys(
        ("seed", "chains", "warmup", "draws", "rounds", "nightly", "replications", "thin", "kernel"), _SAMPLING
    ),
    **dict.fromkeys(("level", "single", "compare", "history", "entries", "slowdown"), _DECISION),
    **dict.fromkeys(
        ("as_json", "junit", "out", "force", "keep_draws", "resume", "more", "only_plan", "quiet"), _OUTPUT
    ),
}
"""The name of an option -> its group; that of help, which click names itself, is the last."""


class Grouped(click.Command):
    """A command whose options are listed by what they are about."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section for each group."""
        for group in GROUPS:
            own = (one for one in self.get_params(ctx) if GROUP_OF.get(one.name or "", _OUTPUT) == group)
            if rows := [row for row in (one.get_help_record(ctx) for one in own) if row is not None]:
                with formatter.section(group):
                    formatter.write_dl(rows)
