// `cleanup: eventually`: removes containers some time after they have ended. The container itself
// carries the time in a label, so that nothing has to be remembered, and a node that was down
// meanwhile removes it late, not never.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/instant.hpp"
#include "runtime/run/programs.hpp"

namespace endure::run {

// Looks through the containers that have ended and removes those whose time has come; how many.
Result<std::size_t> sweep_containers(const RunPrograms& programs, Clock& clock);

// When a container goes, from a line of `inspect`: `"2026-01-31T12:00:00.5Z" 60000`. Nothing where
// the line is none. Pure.
std::optional<Instant> removal_time(const std::string& line);

}  // namespace endure::run
