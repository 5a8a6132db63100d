// What settings must be to one another.
#pragma once

#include <vector>

#include "config/load.hpp"

namespace endure::config {

std::vector<Problem> check(const Config& config, const std::map<std::string, std::string>& origins);

}  // namespace endure::config
