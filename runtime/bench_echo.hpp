// Two ends on loopback, one of which sends back what the other sends: by two bridges, and by a
// DEALER and a ROUTER of ZeroMQ that do nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace endure {

class Echo {
 public:
  virtual ~Echo() = default;
  // `count` round trips, `in_flight` at a time; what each took, in microseconds. Code::io or what
  // the bridge says where one fails. Waits for all.
  virtual Result<std::vector<double>> run(std::uint64_t count, std::uint32_t in_flight,
                                          const std::string& body) = 0;
};

// `folder`: where the keys go; empty: plain.
Result<std::unique_ptr<Echo>> echo_of_bridges(const std::string& folder);
Result<std::unique_ptr<Echo>> echo_of_sockets(bool curve);

}  // namespace endure
