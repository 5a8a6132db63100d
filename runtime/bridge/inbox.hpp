// What other threads have for the bridge's.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "runtime/bridge/link.hpp"
#include "runtime/bridge/listener.hpp"
#include "runtime/messaging/event_box.hpp"

namespace endure::bridge {

struct CallItem {
  std::size_t peer = 0;
  OutgoingCall call;
};
struct AnswerItem {
  CallPlace place;
  std::string body;
};
struct NewsItem {};

using InboxItem = std::variant<CallItem, AnswerItem, NewsItem>;

using Inbox = messaging::EventBox<InboxItem>;

}  // namespace endure::bridge
