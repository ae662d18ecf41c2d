// CmdStan's command line, as far as cmdstanpy sends it: one table, which also writes the comments of the CSV.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <ostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using Words = std::vector<std::string>;

constexpr double kLargestInt = std::numeric_limits<int>::max();
constexpr double kLargestSeed = std::numeric_limits<unsigned int>::max();

inline double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' || !std::isfinite(value) ? std::nan("") : value;
}

struct Check {
  std::function<bool(const std::string&)> holds;
  std::string expected;
};

inline Check anything() {
  return {[](const std::string&) { return true; }, ""};
}

inline Check whole(double low, double high) {
  return {[=](const std::string& text) {
            const double value = number(text);
            return value >= low && value <= high && value == std::floor(value);
          },
          "a whole number from " + std::to_string(std::llround(low)) + " to " + std::to_string(std::llround(high))};
}

inline Check between(double low, double high) {  // both ends excluded; an infinite high end has none
  return {[=](const std::string& text) { return number(text) > low && number(text) < high; },
          "a number above " + std::to_string(std::llround(low))
              + (std::isfinite(high) ? " and below " + std::to_string(std::llround(high)) : "")};
}

inline Check one_of(const Words& words) {
  std::string expected = "one of";
  for (const auto& word : words) expected += " " + word;
  return {[=](const std::string& text) { return std::find(words.begin(), words.end(), text) != words.end(); }, expected};
}

struct Argument {
  std::string section;  // the word or choice that has to come first, as in `data file=...`
  std::string key;
  std::string value;  // the default, until one is given
  Check check;
  bool given = false;
};

// Every argument there is. What is not in this table is refused.
inline std::vector<Argument> every_argument() {
  const double infinity = std::numeric_limits<double>::infinity();
  return {{"", "id", "1", whole(1, kLargestInt)},
          {"", "init", "2", anything()},
          {"", "method", "", one_of({"sample", "log_prob", "generate_quantities"})},
          {"random", "seed", std::to_string(std::random_device{}()), whole(0, kLargestSeed)},
          {"data", "file", "", anything()},
          {"output", "file", "output.csv", anything()},
          {"output", "refresh", "100", whole(0, kLargestInt)},
          {"output", "sig_figs", "8", whole(1, 18)},
          {"sample", "num_samples", "1000", whole(0, kLargestInt)},
          {"sample", "num_warmup", "1000", whole(0, kLargestInt)},
          {"sample", "save_warmup", "0", one_of({"0", "1"})},
          {"sample", "thin", "1", whole(1, kLargestInt)},
          {"sample", "algorithm", "hmc", one_of({"hmc", "fixed_param"})},
          {"hmc", "engine", "nuts", one_of({"nuts"})},
          {"nuts", "max_depth", "10", whole(1, kLargestInt)},
          {"hmc", "metric", "diag_e", one_of({"diag_e"})},
          {"hmc", "metric_file", "", anything()},
          {"hmc", "stepsize", "1", between(0, infinity)},
          {"hmc", "stepsize_jitter", "0", {[](const std::string& text) { return number(text) >= 0 && number(text) <= 1; },
                                           "a number from 0 to 1"}},
          {"adapt", "engaged", "1", one_of({"0", "1"})},
          {"adapt", "gamma", "0.05", between(0, infinity)},
          {"adapt", "delta", "0.8", between(0, 1)},
          {"adapt", "kappa", "0.75", between(0, infinity)},
          {"adapt", "t0", "10", between(0, infinity)},
          {"adapt", "init_buffer", "75", whole(0, kLargestInt)},
          {"adapt", "term_buffer", "50", whole(0, kLargestInt)},
          {"adapt", "window", "25", whole(0, kLargestInt)},
          {"generate_quantities", "fitted_params", "", anything()},
          {"log_prob", "constrained_params", "", anything()},
          {"log_prob", "unconstrained_params", "", anything()},
          {"log_prob", "jacobian", "1", one_of({"0", "1"})}};
}

class Arguments {
 public:
  explicit Arguments(const Words& words) {
    for (const auto& word : words) {
      const auto equals = word.find('=');
      if (equals != std::string::npos)
        give(word, word.substr(0, equals), word.substr(equals + 1));
      else if (word == "sample" || word == "log_prob")
        give(word, "method", word);
      else if (word == "random" || word == "data" || word == "output" || (word == "adapt" && is_open("hmc")))
        open_.push_back(word);
      else
        throw std::invalid_argument("unknown argument '" + word + "'");
    }
  }

  const std::string& text(const std::string& section, const std::string& key) const {
    for (const auto& row : rows_)
      if (row.section == section && row.key == key) return row.value;
    throw std::logic_error("no argument " + section + " " + key);
  }
  double real(const std::string& section, const std::string& key) const { return number(text(section, key)); }
  int integer(const std::string& section, const std::string& key) const { return static_cast<int>(real(section, key)); }
  bool flag(const std::string& section, const std::string& key) const { return text(section, key) == "1"; }

  void set_algorithm(const std::string& algorithm) {
    for (auto& row : rows_)
      if (row.key == "algorithm") row.value = algorithm;
  }

  void comment(std::ostream& out, const Words& sections) const {
    for (const auto& row : rows_)
      if (!row.value.empty() && std::find(sections.begin(), sections.end(), row.section) != sections.end())
        out << "# " << row.key << " = " << row.value << (row.given ? "\n" : " (Default)\n");
  }

 private:
  std::vector<Argument> rows_ = every_argument();
  Words open_ = {""};  // in the order of opening: `file` belongs to the latest section that has one

  bool is_open(const std::string& section) const {
    return std::find(open_.begin(), open_.end(), section) != open_.end();
  }

  void give(const std::string& word, const std::string& key, const std::string& value) {
    for (auto section = open_.rbegin(); section != open_.rend(); ++section)
      for (auto& row : rows_) {
        if (row.section != *section || row.key != key) continue;
        if (row.given) throw std::invalid_argument("argument given twice '" + word + "'");
        if (!row.check.holds(value)) throw std::invalid_argument("argument '" + word + "', expected " + row.check.expected);
        row.value = value;
        row.given = true;
        if (key == "method" || key == "algorithm" || key == "engine") open_.push_back(value);
        return;
      }
    throw std::invalid_argument("unknown argument '" + word + "'");
  }
};
