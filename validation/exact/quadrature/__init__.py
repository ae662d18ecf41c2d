"""How exact posteriors are computed: recognise the structure, find the box, sum over nodes, certify, make marginals.

In this order: `update` and `conjugate_pair` (what a family must say), `hyperparameter` and `hierarchy` (which models),
`tails` (what exists), `posterior` (density in unbounded coordinates, latents integrated out), `chart` (maps of the
line), `lattice` (nodes and weights), `comparison`, `certification` and `evidence` (how the error is known); then
`answer`, with `marginal`, `hyperparameter_marginal`, `tabulated` (distributions of single quantities), `mixing` (the
posterior of the shapes, over which a family mixes its laws) and `rejection` (independent draws).
"""
