// method=log_prob: the log density and its gradient, one row per point.
#pragma once

#include "arguments.hpp"
#include "files.hpp"

#include <stan/io/stan_csv_reader.hpp>
#include <stan/model/log_prob_grad.hpp>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

using Points = std::vector<std::vector<double>>;  // one row per point, unconstrained

// The model's parameters in a Stan CSV, one row per draw.
inline Eigen::MatrixXd constrained_table(const Model& model, const std::string& path) {
  auto in = readable(path);
  stan::io::stan_csv table;
  using reader = stan::io::stan_csv_reader;
  reader::read_metadata(in, table.metadata);
  const bool has_header = reader::read_header(in, table.header, false);
  reader::read_adaptation(in, table.adaptation);
  reader::read_samples(in, table.samples, table.timing);
  const auto first = std::find_if(table.header.begin(), table.header.end(), [](const std::string& name) {
    return name.size() < 2 || name.compare(name.size() - 2, 2, "__") != 0;  // after the sampler's own columns
  });
  Words names;
  model.constrained_param_names(names, false, false);
  if (!has_header || table.header.end() - first < static_cast<long>(names.size())
      || !std::equal(names.begin(), names.end(), first))
    throw std::invalid_argument("the columns of '" + path + "' are not the model's parameters");
  return table.samples.middleCols(first - table.header.begin(), names.size());
}

inline Points constrained_csv(const Model& model, const std::string& path) {
  const Eigen::MatrixXd table = constrained_table(model, path);
  Points points(table.rows());
  for (size_t row = 0; row < points.size(); ++row) {
    std::vector<double> values(table.cols());
    for (size_t i = 0; i < values.size(); ++i) values[i] = table(row, i);
    model.unconstrain_array(values, points[row], &std::cout);
  }
  return points;
}

inline Points unconstrained_json(const Model& model, const std::string& path) {
  const Context context = json(path);
  const auto values = context->vals_r("params_r");
  const auto dims = context->dims_r("params_r");
  const size_t rows = dims.size() == 2 ? dims[0] : 1, columns = model.num_params_r();
  if (dims.empty() || dims.back() != columns || values.size() != rows * columns)
    throw std::invalid_argument("'" + path + "' needs params_r with " + std::to_string(columns) + " numbers per point");
  Points points(rows, std::vector<double>(columns));
  for (size_t i = 0; i < values.size(); ++i) points[i % rows][i / rows] = values[i];  // Stan holds arrays by column
  return points;
}

inline Points points_of(const Model& model, const Arguments& arguments) {
  const auto& constrained = arguments.text("log_prob", "constrained_params");
  const auto& unconstrained = arguments.text("log_prob", "unconstrained_params");
  if (constrained.empty() == unconstrained.empty())
    throw std::invalid_argument("log_prob needs either constrained_params=FILE or unconstrained_params=FILE");
  if (!unconstrained.empty()) return unconstrained_json(model, unconstrained);
  if (constrained.size() > 4 && constrained.compare(constrained.size() - 4, 4, ".csv") == 0)
    return constrained_csv(model, constrained);
  Points points(1);
  std::vector<int> no_integers;
  model.transform_inits(*json(constrained), no_integers, points[0], &std::cout);
  return points;
}

inline int log_prob(Model& model, const Arguments& arguments) {
  auto points = points_of(model, arguments);
  auto out = csv(arguments, model, {"data", "output", "log_prob"});
  const auto start = out->tellp();
  Words names;
  model.unconstrained_param_names(names, false, false);
  *out << "lp__";
  for (const auto& name : names) *out << ",g_" << name;
  *out << "\n";
  for (auto& point : points) {
    std::vector<int> no_integers;
    std::vector<double> gradient;
    *out << (arguments.flag("log_prob", "jacobian")
                 ? stan::model::log_prob_grad<true, true>(model, point, no_integers, gradient, &std::cout)
                 : stan::model::log_prob_grad<true, false>(model, point, no_integers, gradient, &std::cout));
    for (const double slope : gradient) *out << "," << slope;
    *out << "\n";
  }
  finish(*out, start);
  return 0;
}
