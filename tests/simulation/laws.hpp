// Whether a simulated run was legal: every history by itself, and against what clients and workers
// were told. The small sister of tests/trace, which judges real nodes.
#pragma once

#include <string>
#include <vector>

#include "persistence/store.hpp"
#include "tests/simulation/record.hpp"

namespace endure::simulation {

// After all has come to rest. Each violation is a sentence.
std::vector<std::string> judge(persistence::Store& store, const Record& record);

}  // namespace endure::simulation
