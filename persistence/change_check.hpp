// What every store demands of a change, whatever lies in the store already.
#pragma once

#include "base/result.hpp"
#include "persistence/change.hpp"

namespace endure::persistence {

// Code::invalid with the sentence that says what does not fit: names that cannot be part of a key,
// a snapshot that is none, or whose head differs from the transition, an index entry too few or too
// many. Any thread.
Result<void> check(const Change& change);

}  // namespace endure::persistence
