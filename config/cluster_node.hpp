// A node as `cluster.nodes` names it: `NAME=tcp://HOST:PORT`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure::config {

struct ClusterNode {
  std::string name;
  std::string address;  // "tcp://10.0.0.2:7452"
};

// Code::invalid says what is expected.
Result<ClusterNode> cluster_node_from(std::string_view text);

// 1 to 64 of letters, digits, '.', '_' and '-', first a letter or digit.
bool is_node_name(std::string_view text);

}  // namespace endure::config
