// Addresses on which a node listens: `host:port`, `[::1]:port`, `tcp://host:port`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace endure::config {

struct Address {
  std::string host;        // without brackets; `*` and 0.0.0.0 mean every interface
  std::uint16_t port = 0;  // 0: the system chooses one

  // Only this machine can reach it.
  bool loopback() const;
};

// `scheme` ("" or "tcp://") must stand in front of it. Code::invalid says what is expected.
Result<Address> address_from(std::string_view text, std::string_view scheme);

// Where connections go that are meant for another place.
struct Connection {
  Address from;
  Address to;
};

// `host:port=host:port`; ports from 1. Code::invalid says what is expected.
Result<Connection> connection_from(std::string_view text);

}  // namespace endure::config
