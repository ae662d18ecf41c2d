// The program around a compiled Stan model: it understands the part of CmdStan's command line that cmdstanpy sends,
// runs Stan's own services, and writes the CSV that cmdstanpy reads. What it does not know, it refuses with exit code 1.
// Durations come from the services in whole milliseconds, so they are always printed in fixed notation.
// Beside CmdStan's, it knows `runs=FILE`: each line is such a command line, and all are run in order.
#include "model_math.hpp"  // before everything of Stan's
// What its services need besides.
#include <stan/math/prim/functor/for_each.hpp>
#include <stan/math/rev/functor/gradient.hpp>
#include <stan/math/rev/fun/grad.hpp>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "arguments.hpp"
#include "files.hpp"
#include "generate.hpp"
#include "log_prob.hpp"

#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/services/sample/fixed_param.hpp>
#include <stan/services/sample/hmc_nuts_diag_e.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <stan/services/util/create_unit_e_diag_inv_metric.hpp>
#include <stan/version.hpp>

#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

// Defined by the C++ that stanc writes.
stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

namespace {

int sample(Model& model, Arguments& arguments, unsigned int seed) {
  if (model.num_params_r() == 0) arguments.set_algorithm("fixed_param");  // nothing to move: CmdStan does the same
  const bool fixed = arguments.text("sample", "algorithm") == "fixed_param";
  auto file = csv(arguments, model, fixed ? Words{"", "random", "data", "output", "sample"}
                                          : Words{"", "random", "data", "output", "sample", "hmc", "nuts", "adapt"});
  const auto start = file->tellp();
  stan::callbacks::unique_stream_writer<std::ofstream> draws(std::move(file), "# ");
  stan::callbacks::writer nowhere;
  stan::callbacks::structured_writer no_metric;
  stan::callbacks::interrupt interrupt;
  stan::callbacks::stream_logger logger(std::cout, std::cout, std::cerr, std::cerr, std::cerr);

  const std::string init = arguments.text("", "init");
  const bool is_radius = !std::isnan(number(init));
  if (is_radius && number(init) < 0) throw std::invalid_argument("argument 'init=" + init + "', expected a radius >= 0");
  const double radius = is_radius ? number(init) : 2;
  const Context inits = json(is_radius ? "" : init);
  const unsigned int chain = arguments.integer("", "id");
  const int count = arguments.integer("sample", "num_samples"), warmup = arguments.integer("sample", "num_warmup");
  const int thin = arguments.integer("sample", "thin"), refresh = arguments.integer("output", "refresh");
  const bool save_warmup = arguments.flag("sample", "save_warmup"), adapt = arguments.flag("adapt", "engaged");

  int code = 0;
  if (fixed) {
    code = stan::services::sample::fixed_param(model, *inits, seed, chain, radius, count, thin, refresh, interrupt, logger,
                                               nowhere, draws, nowhere);
  } else {
    if (adapt && warmup == 0) throw std::invalid_argument("argument 'num_warmup=0', expected more, or adapt engaged=0");
    auto unit = stan::services::util::create_unit_e_diag_inv_metric(model.num_params_r());
    const Context given = json(arguments.text("hmc", "metric_file"));
    const stan::io::var_context& metric = arguments.text("hmc", "metric_file").empty() ? unit : *given;
    const double step = arguments.real("hmc", "stepsize"), jitter = arguments.real("hmc", "stepsize_jitter");
    const int depth = arguments.integer("nuts", "max_depth");
    if (adapt)
      code = stan::services::sample::hmc_nuts_diag_e_adapt(
          model, *inits, metric, seed, chain, radius, warmup, count, thin, save_warmup, refresh, step, jitter, depth,
          arguments.real("adapt", "delta"), arguments.real("adapt", "gamma"), arguments.real("adapt", "kappa"),
          arguments.real("adapt", "t0"), arguments.integer("adapt", "init_buffer"), arguments.integer("adapt", "term_buffer"),
          arguments.integer("adapt", "window"), interrupt, logger, nowhere, draws, nowhere, no_metric);
    else
      code = stan::services::sample::hmc_nuts_diag_e(model, *inits, metric, seed, chain, radius, warmup, count, thin,
                                                     save_warmup, refresh, step, jitter, depth, interrupt, logger, nowhere,
                                                     draws, nowhere);
  }
  if (code == 0) finish(draws.get_stream(), start);
  return code == 0 ? 0 : 1;
}

int info() {
  std::cout << "stan_version_major = " << stan::MAJOR_VERSION << "\nstan_version_minor = " << stan::MINOR_VERSION
            << "\nstan_version_patch = " << stan::PATCH_VERSION
            << "\nSTAN_THREADS=false\nSTAN_MPI=false\nSTAN_OPENCL=false\nSTAN_NO_RANGE_CHECKS=false\n";
  return 0;
}

int run(const Words& words) {
  if (words == Words{"info"}) return info();
  Arguments arguments(words);
  const auto& method = arguments.text("", "method");
  if (method.empty()) throw std::invalid_argument("missing argument 'method=sample', 'log_prob' or 'method=generate_quantities'");
  const auto seed = static_cast<unsigned int>(arguments.real("random", "seed"));
  const Context data = json(arguments.text("data", "file"));
  const std::unique_ptr<Model> model(&new_model(*data, seed, &std::cout));
  if (method == "sample") return sample(*model, arguments, seed);
  return method == "log_prob" ? log_prob(*model, arguments) : generate(*model, arguments, seed);
}

int ended(const Words& words) {
  try {
    return run(words);
  } catch (const std::exception& error) {
    std::cerr << "Error: " << error.what() << std::endl;
    return 1;
  }
}

// What is printed while it lives.
class Printed {
 public:
  Printed() : out_(std::cout.rdbuf(text_.rdbuf())), err_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~Printed() {
    std::cout.rdbuf(out_);
    std::cerr.rdbuf(err_);
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf *out_, *err_;
};

// Runs the command lines of a file, whose words stand between blanks, until one fails. Each makes its own model and its
// own random numbers, as a process of its own does. Only what the one that fails has printed is passed on.
int every_run(const std::string& path) {
  auto lines = readable(path);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string text;
    int code = 0;
    {
      Printed printed;
      code = ended({std::istream_iterator<std::string>(words), {}});
      text = printed.text();
    }
    if (code == 0) continue;
    std::cerr << "Error: line " << number << " of '" << path << "' failed: " << text << std::flush;
    return code;
  }
  return 0;
}

}  // namespace

int main(int count, char** given) {
  const Words words(given + 1, given + count);
  const std::string runs = "runs=";
  if (words.size() != 1 || words[0].compare(0, runs.size(), runs) != 0) return ended(words);
  try {
    return every_run(words[0].substr(runs.size()));
  } catch (const std::exception& error) {
    std::cerr << "Error: " << error.what() << std::endl;
    return 1;
  }
}
