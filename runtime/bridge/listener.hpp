// The listener's side of the connections that other nodes have dialled, without socket or thread:
// greets or refuses them, answers their beats, passes their calls on, and sends the answers. The
// bridge's thread.
//
// A peer that does not read its answers is cut off when more than `max_queue_bytes` wait for it;
// one that is silent is forgotten. Calls of one peer beyond `max_calls` are turned away, unlooked
// at.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/bridge/wire.hpp"
#include "runtime/messaging/transport.hpp"

namespace endure::bridge {

using messaging::Transport;

struct ListenerConfig {
  std::int64_t lost_after_ms = 5'000;
  std::size_t max_queue_bytes = 16U << 20U;
  std::size_t max_calls = 256;  // of one peer, under way
  std::size_t frame_bytes = 64 * 1024;
};

// Names a call until it is answered.
struct CallPlace {
  std::uint64_t connection = 0;
  std::uint64_t id = 0;
};

class Listener {
 public:
  struct Events {
    std::function<Greeting()> greeting;  // one's own
    // Why the other is refused; empty: it is not. `key`: the public key it has shown, or empty.
    std::function<std::string(const Greeting& theirs, const std::string& key)> admit;
    std::function<void(const std::string& node, std::uint64_t counter, std::string_view news)>
        heard;
    std::function<std::uint64_t()> counter;
    std::function<std::string()> news;
    std::function<void(const std::string& node, CallPlace place, const Call& call)> called;
  };

  Listener(ListenerConfig config, Events events, Transport& transport);

  void on_message(const std::string& route, const std::string& key, const Message& message,
                  std::int64_t now_ms);
  void answer(CallPlace place, std::string body);
  // Sends what waits; true: something still does.
  bool pump();
  void on_time(std::int64_t now_ms);
  // The node is let in no more: its connections get a goodbye and are forgotten.
  void dismiss(const std::string& node);
  void close();  // goodbye to all

  std::size_t connections() const { return sessions_.size(); }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Session {
    std::uint64_t id = 0;
    std::string route;
    std::string node;
    std::int64_t heard_ms = 0;
    std::size_t calls = 0;
    std::deque<std::string> queue;
    std::size_t queued_bytes = 0;
    bool doomed = false;
  };

  void on_hello(const std::string& route, const std::string& key, const Greeting& theirs,
                std::int64_t now_ms);
  void on_call(Session& session, const Call& call);
  void put(Session& session, std::string message);
  void send_alone(const std::string& route, const std::string& message);
  bool pump(Session& session);
  void forget(const std::string& route);

  const ListenerConfig config_;
  const Events events_;
  Transport& transport_;
  std::uint64_t next_id_ = 1;
  std::uint64_t refused_ = 0;
  std::map<std::string, Session> sessions_;      // by route
  std::map<std::uint64_t, std::string> routes_;  // by the session's id
  std::map<std::string, std::int64_t> told_ms_;  // node: when its refusal was logged last
};

}  // namespace endure::bridge
