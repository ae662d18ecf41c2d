"""How exact posteriors are computed: recognise the structure, find the box, sum over nodes, certify, make marginals.

In this order: `hierarchy` (which models), `tails` (what exists), `likelihood` (rates integrated out), `posterior`
(density in unbounded coordinates), `chart` (maps of the line), `lattice` (nodes and weights), `comparison`,
`certification` and `evidence` (how the error is known); then `mixture`, `marginal`, `rate_marginal`,
`hyperparameter_marginal`, `tabulated` (distributions of single quantities) and `rejection` (independent draws).
"""
