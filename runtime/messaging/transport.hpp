// Where frames for a connection go: a socket, or a test.
#pragma once

#include <cstdint>
#include <string>

namespace endure::messaging {

class Transport {
 public:
  enum class Sent : std::uint8_t {
    yes,
    later,        // its queue is full: try again
    unreachable,  // no connection has this routing id any more
  };
  virtual ~Transport() = default;
  // Never blocks.
  virtual Sent send(const std::string& route, const std::string& frame) = 0;
};

}  // namespace endure::messaging
