"""Beta-binomial likelihoods by sufficient statistics, in Stan.

As in `pplcompare.models.marginal.beta_binomial_sums`, but with Stirling's series at z itself where z is at least 10
and Stan's own log-gamma function below: a branch costs nothing here, and there is less to differentiate.
"""

from __future__ import annotations

from typing import Final

_STIRLING: Final = """\
// log Gamma(z) - (z - 1/2) log z + z - log(2 pi)/2
real stirling_error(real z) {
  if (z < 10) return lgamma(z) - (z - 0.5) * log(z) + z - 0.91893853320467274178;
  real u = inv_square(z);
  return (1 / 12.0 - u * (1 / 360.0 - u * (1 / 1260.0 - u * (1 / 1680.0 - u * (1 / 1188.0 - u * 691 / 360360.0))))) / z;
}
"""
_ROWS: Final = """\
real weighted_beta_binomial(array[] int successes, array[] int trials, array[] int weight, real constant,
                            real alpha, real beta) {
  real total = alpha + beta;
  real prior = stirling_error(total) - stirling_error(alpha) - stirling_error(beta);
  vector[size(successes)] found;
  for (i in 1:size(successes)) {
    if (weight[i] == 0) {
      found[i] = 0;
      continue;
    }
    int failures = trials[i] - successes[i];
    real more = alpha + successes[i];
    real less = beta + failures;
    real ratio = less / more;
    found[i] = weight[i] * (prior - successes[i] * log1p(ratio) - failures * log1p(inv(ratio))
                            + (alpha - 0.5) * log1p(successes[i] / alpha) + (beta - 0.5) * log1p(failures / beta)
                            - (total - 0.5) * log1p(trials[i] / total)
                            + stirling_error(more) + stirling_error(less) - stirling_error(total + trials[i]));
  }
  return sum(found) + size(successes) * constant;
}
"""
_TAILS: Final = """\
real beta_binomial_tails(data vector successes, data vector success_step, data vector failures,
                         data vector failure_step, data vector trials, data vector trial_step, real constant,
                         real alpha, real beta) {
  return size(successes) * constant - sum(successes) * log1p(beta / alpha) - sum(failures) * log1p(alpha / beta)
         + dot_product(successes, log1p(success_step / alpha)) + dot_product(failures, log1p(failure_step / beta))
         - dot_product(trials, log1p(trial_step / (alpha + beta)));
}
"""

ROWS: Final = (_STIRLING, _ROWS)
TAILS: Final = (_TAILS,)
PROPORTION: Final = "{mean} * {concentration}, (1 - {mean}) * {concentration}"
LADDERS: Final = "{x}, {success_step}, {failures}, {failure_step}, {trials}, {trial_step}"
