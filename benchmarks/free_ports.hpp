// Ports on loopback that nobody listens on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace endure::benchmarks {

// `count` different ones, as the system gives them out; fewer where it has none left. Somebody else
// may take one before it is used.
std::vector<std::uint16_t> free_ports(std::size_t count);

}  // namespace endure::benchmarks
