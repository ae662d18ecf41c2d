// method=generate_quantities: the generated quantities, one row per draw of the parameters.
#pragma once

#include "arguments.hpp"
#include "files.hpp"
#include "log_prob.hpp"

#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/services/sample/standalone_gqs.hpp>

#include <iostream>

inline int generate(const Model& model, const Arguments& arguments, unsigned int seed) {
  const auto& path = arguments.text("generate_quantities", "fitted_params");
  if (path.empty()) throw std::invalid_argument("generate_quantities needs fitted_params=FILE");
  const auto draws = constrained_table(model, path);
  auto file = csv(arguments, model, {"", "random", "data", "output", "generate_quantities"});
  const auto start = file->tellp();
  stan::callbacks::unique_stream_writer<std::ofstream> rows(std::move(file), "# ");
  stan::callbacks::interrupt interrupt;
  stan::callbacks::stream_logger logger(std::cout, std::cout, std::cerr, std::cerr, std::cerr);
  const int code = stan::services::standalone_generate(model, draws, seed, interrupt, logger, rows);
  if (code == 0) finish(rows.get_stream(), start);
  return code == 0 ? 0 : 1;
}
