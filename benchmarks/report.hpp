// What one run of a workload measured: named figures, in the order in which people read them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace endure::benchmarks {

class Report {
 public:
  // `heading` says for people what was run.
  Report(std::string workload, std::string heading);

  // `key` is the figure's name for programs; a dot in it nests: "limit.ratio". `label` is what
  // people read; without one the figure is for programs alone.
  void add(const std::string& key, double value, const std::string& label = {},
           const std::string& unit = {});
  void add_text(const std::string& key, const std::string& text, const std::string& label = {});

  // 0 where there is no such figure.
  double value(const std::string& key) const;

  nlohmann::json to_json() const;  // one flat object but for what dots nest
  std::string to_table() const;

 private:
  struct Figure {
    std::string key;
    nlohmann::json value;
    std::string label;
    std::string unit;
  };
  std::string workload_;
  std::string heading_;
  std::vector<Figure> figures_;
};

}  // namespace endure::benchmarks
