// The part of Stan's math library that our programs use: compilers read it in half the time of the whole.
// It knows the insides of one version only; with any other, the model's own header includes everything, as always.
#pragma once

#include <stan/math/version.hpp>

#if STAN_MATH_MAJOR == 5 && STAN_MATH_MINOR == 3

// Their guards: these three bring in everything (solvers, integrators, all distributions).
#define STAN_MATH_MIX_HPP
#define STAN_MATH_PRIM_FUNCTOR_HPP
#define STAN_MATH_REV_HPP

#include <stan/math/prim/fun/Eigen.hpp>

#include <stan/math/rev/core.hpp>
#include <stan/math/rev/meta.hpp>

#include <stan/math/prim/functor/apply.hpp>
#include <stan/math/rev/constraint.hpp>
#include <stan/math/rev/functor/operands_and_partials.hpp>
#include <stan/math/rev/functor/partials_propagator.hpp>

// Without these, the general versions of the same names may be taken, which are slower.
#include <stan/math/rev/fun/accumulator.hpp>
#include <stan/math/rev/fun/divide.hpp>
#include <stan/math/rev/fun/dot_product.hpp>
#include <stan/math/rev/fun/from_var_value.hpp>
#include <stan/math/rev/fun/inv.hpp>
#include <stan/math/rev/fun/inv_square.hpp>
#include <stan/math/rev/fun/lgamma.hpp>
#include <stan/math/rev/fun/log.hpp>
#include <stan/math/rev/fun/log1p.hpp>
#include <stan/math/rev/fun/sum.hpp>
#include <stan/math/rev/fun/to_vector.hpp>
#include <stan/math/rev/fun/value_of_rec.hpp>

#include <stan/math/prim/prob/beta_binomial_lpmf.hpp>
#include <stan/math/prim/prob/beta_binomial_rng.hpp>
#include <stan/math/prim/prob/beta_lpdf.hpp>
#include <stan/math/prim/prob/beta_proportion_lpdf.hpp>
#include <stan/math/prim/prob/beta_proportion_rng.hpp>
#include <stan/math/prim/prob/beta_rng.hpp>
#include <stan/math/prim/prob/binomial_lpmf.hpp>
#include <stan/math/prim/prob/binomial_rng.hpp>
#include <stan/math/prim/prob/cauchy_lpdf.hpp>
#include <stan/math/prim/prob/cauchy_rng.hpp>
#include <stan/math/prim/prob/exponential_lpdf.hpp>
#include <stan/math/prim/prob/exponential_rng.hpp>
#include <stan/math/prim/prob/gamma_lpdf.hpp>
#include <stan/math/prim/prob/gamma_rng.hpp>
#include <stan/math/prim/prob/inv_gamma_lpdf.hpp>
#include <stan/math/prim/prob/inv_gamma_rng.hpp>
#include <stan/math/prim/prob/lognormal_lpdf.hpp>
#include <stan/math/prim/prob/lognormal_rng.hpp>
#include <stan/math/prim/prob/normal_lpdf.hpp>
#include <stan/math/prim/prob/normal_rng.hpp>
#include <stan/math/prim/prob/pareto_lpdf.hpp>
#include <stan/math/prim/prob/pareto_rng.hpp>
#include <stan/math/prim/prob/student_t_lpdf.hpp>
#include <stan/math/prim/prob/student_t_rng.hpp>
#include <stan/math/prim/prob/uniform_lpdf.hpp>
#include <stan/math/prim/prob/uniform_rng.hpp>

#endif
