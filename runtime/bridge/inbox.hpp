// What other threads have for the bridge's.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "runtime/bridge/link.hpp"
#include "runtime/bridge/listener.hpp"
#include "runtime/messaging/event_box.hpp"

namespace endure::bridge {

struct PeerAddress {
  std::string node;
  std::string address;  // "tcp://10.0.0.2:7452"

  bool operator==(const PeerAddress&) const = default;
};

// What other threads ask about a peer without waiting for the bridge's.
struct PeerFacts {
  std::atomic<std::size_t> queued{0};
  std::atomic<bool> up{false};
};

struct CallItem {
  std::string peer;
  std::shared_ptr<PeerFacts> facts;  // of the peer that was meant
  OutgoingCall call;
};
struct PeersItem {  // all that there are from now on
  std::vector<PeerAddress> peers;
};
struct AnswerItem {
  CallPlace place;
  std::string body;
};
struct NewsItem {};

using InboxItem = std::variant<CallItem, AnswerItem, NewsItem, PeersItem>;

using Inbox = messaging::EventBox<InboxItem>;

}  // namespace endure::bridge
