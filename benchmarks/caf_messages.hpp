// The limit that the actor library sets: messages between actors that do nothing else.
#pragma once

#include <cstdint>

namespace endure::benchmarks {

// 1,000 actors, on `threads` threads with the engine's own settings, tell each other numbers for
// about `ms`: messages per second.
double caf_messages_per_s(std::uint32_t threads, std::int64_t ms = 500);

}  // namespace endure::benchmarks
