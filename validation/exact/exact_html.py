"""An exact answer as a table for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pplcompare.validation.exact.exact_summary import COMPONENTS, exact_summary
from pplcompare.validation.exact.exact_words import (
    QUANTILES,
    ends_sentence,
    error_sentence,
    left_out_sentences,
    number,
    percent,
    seen_quantities,
)

if TYPE_CHECKING:
    from pplcompare.validation.exact.exact import ExactPosterior

_PAGE: Final = """\
<table>
<caption>{{ name }}, exact posterior</caption>
<thead><tr><th>quantity</th>{% for heading in headings %}<th>{{ heading }}</th>{% endfor %}</tr></thead>
<tbody>
{% for name, cells in rows %}
<tr><th>{{ name }}</th>{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
{% for line in lines %}
<p>{{ line }}</p>
{% endfor %}
"""


def exact_html(exact: ExactPosterior) -> str:
    """Return the quantities of `exact_summary` as a table, with the evidence of their error; everything is escaped."""
    import jinja2

    document = exact_summary(exact)
    quantiles = [percent(q) for q in QUANTILES]
    rows = [
        (
            name,
            [
                number(shown["mean"], 6),
                number(shown["sd"], 6),
                *(number(shown["quantiles"][q], 6) if "quantiles" in shown else "" for q in quantiles),
                number(shown["below_observed"], 6) if "below_observed" in shown else "",
                number(shown["all_fail"], 6) if "all_fail" in shown else "",
            ],
        )
        for name, shown in seen_quantities(document).items()
    ]
    lines = [
        *filter(None, [ends_sentence(document)]),
        *left_out_sentences(document["left_out"]),
        f"Log evidence: {number(document['log_evidence'], 9)}",
        f"Error: {error_sentence(document['error'])}.",
    ]
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_PAGE)
    headings = ("mean", "sd", *quantiles, "P(< k/n)", f"P(all {COMPONENTS} fail)")
    return page.render(name=exact.model.name, headings=headings, rows=rows, lines=lines)
