// What makes two events the same one: their source and id, as CloudEvents says.
#pragma once

#include <cstdint>
#include <string>

#include "workflow/event.hpp"

namespace endure::workflow {

// Source and id as one text; empty where the event lacks either, which then is always a new one.
std::string event_identity(const CloudEvent& event);

// A hash of that text, never 0; 0 where it is empty.
std::uint64_t identity_hash(const std::string& identity);

}  // namespace endure::workflow
