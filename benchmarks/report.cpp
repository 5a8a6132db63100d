#include "benchmarks/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace endure::benchmarks {

namespace {

using nlohmann::json;

// Four significant digits, and whole numbers whole: more is noise.
json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return static_cast<std::int64_t>(value);
  }
  const double digits = 3 - std::floor(std::log10(std::abs(value)));
  const double scale = std::pow(10.0, std::max(0.0, digits));
  return std::round(value * scale) / scale;
}

std::string shown(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_number()) return "-";
  const auto number = value.get<double>();
  char text[64];
  const int digits = std::abs(number) >= 1'000 || value.is_number_integer() ? 0
                     : std::abs(number) >= 10                               ? 1
                                                                            : 3;
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

}  // namespace

Report::Report(std::string workload, std::string heading)
    : workload_(std::move(workload)), heading_(std::move(heading)) {}

void Report::add(const std::string& key, double value, const std::string& label,
                 const std::string& unit) {
  figures_.push_back({key, rounded(value), label, unit});
}

void Report::add_text(const std::string& key, const std::string& text, const std::string& label) {
  figures_.push_back({key, text, label, ""});
}

double Report::value(const std::string& key) const {
  for (const Figure& figure : figures_) {
    if (figure.key == key && figure.value.is_number()) return figure.value.get<double>();
  }
  return 0;
}

json Report::to_json() const {
  json out = {{"workload", workload_}};
  for (const Figure& figure : figures_) {
    json* at = &out;
    std::string rest = figure.key;
    for (auto dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      at = &(*at)[rest.substr(0, dot)];
      rest.erase(0, dot + 1);
    }
    (*at)[rest] = figure.value;
  }
  return out;
}

std::string Report::to_table() const {
  std::string out = heading_ + "\n";
  for (const Figure& figure : figures_) {
    if (figure.label.empty()) continue;
    char line[200];
    std::snprintf(line, sizeof line, "  %-28s %12s %s\n", figure.label.c_str(),
                  shown(figure.value).c_str(), figure.unit.c_str());
    out += line;
  }
  return out;
}

}  // namespace endure::benchmarks
