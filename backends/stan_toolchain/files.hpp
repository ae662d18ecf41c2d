// The files that the driver reads and writes: JSON data in, Stan CSV out.
#pragma once

#include "arguments.hpp"

#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/model_base.hpp>
#include <stan/version.hpp>

#include <fstream>
#include <iomanip>
#include <memory>
#include <stdexcept>
#include <string>

using Context = std::unique_ptr<stan::io::var_context>;
using Model = stan::model::model_base;

inline std::ifstream readable(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::invalid_argument("cannot read the file '" + path + "'");
  return in;
}

inline Context json(const std::string& path) {
  if (path.empty()) return std::make_unique<stan::io::empty_var_context>();
  auto in = readable(path);
  try {
    return std::make_unique<stan::json::json_data>(in);
  } catch (const std::exception& error) {
    throw std::invalid_argument("the file '" + path + "' is not JSON data: " + error.what());
  }
}

inline std::unique_ptr<std::ofstream> csv(const Arguments& arguments, const Model& model, const Words& sections) {
  const auto& path = arguments.text("output", "file");
  auto out = std::make_unique<std::ofstream>(path);
  if (!*out) throw std::invalid_argument("cannot write the file '" + path + "'");
  *out << std::setprecision(arguments.integer("output", "sig_figs")) << "# stan_version_major = " << stan::MAJOR_VERSION
       << "\n# stan_version_minor = " << stan::MINOR_VERSION << "\n# stan_version_patch = " << stan::PATCH_VERSION
       << "\n# model = " << model.model_name() << "\n";
  arguments.comment(*out, sections);
  return out;
}

inline void finish(std::ostream& out, std::streampos start) {
  if (!out.flush()) throw std::runtime_error("the output file could not be written");
  if (out.tellp() == start) throw std::runtime_error("the sampler stopped before its first draw");
}
