// What decodes must be encoded to something that decodes to the same.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "runtime/gateway/wire.hpp"
#include "tests/fuzz/require.hpp"

namespace endure::testing {

inline std::string encoded(const gateway::FromWorker& message) {
  return std::visit(
      [](const auto& m) {
        if constexpr (std::is_same_v<std::decay_t<decltype(m)>, gateway::Goodbye>) {
          return gateway::encode(m, true);
        } else {
          return gateway::encode(m);
        }
      },
      message);
}

inline std::string encoded(const gateway::FromNode& message) {
  return std::visit(
      [](const auto& m) {
        if constexpr (std::is_same_v<std::decay_t<decltype(m)>, gateway::Goodbye>) {
          return gateway::encode(m, false);
        } else {
          return gateway::encode(m);
        }
      },
      message);
}

template <class Message>
void check_round_trip(const gateway::Decoded<Message>& message,
                      gateway::Decoded<Message> (*decode)(std::string_view)) {
  if (!message) {
    require(!message.error().what.empty(), "refused without a sentence");
    return;
  }
  const std::string bytes = encoded(*message);
  const auto again = decode(bytes);
  require(again.has_value(), "the wire cannot read what it wrote", InHex{bytes});
  require(again->index() == message->index(), "the wire changed a message's type", InHex{bytes});
  require(encoded(*again) == bytes, "the wire changed a message", InHex{bytes});
}

}  // namespace endure::testing
