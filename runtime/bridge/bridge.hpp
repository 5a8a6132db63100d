// The bridge: what connects a node of a cluster with the others, over ZeroMQ.
//
// One thread owns all its sockets; the methods here may be called from any thread and never wait
// for a peer. Handlers are called on the bridge's thread and must be quick.
// Nothing here is durable: a call may be lost with its answer, and then says so to its caller.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/bridge/inbox.hpp"
#include "runtime/bridge/keys.hpp"
#include "runtime/bridge/link.hpp"
#include "runtime/bridge/listener.hpp"

namespace endure::bridge {

struct BridgeConfig {
  std::string node;
  std::string listen = "tcp://127.0.0.1:7452";
  std::vector<PeerAddress> peers;  // without this node; those of the start
  std::optional<Keys> keys;        // absent: everything is plain, and nobody is authenticated
  std::int64_t heartbeat_ms = 1'000;
  std::int64_t lost_after_ms = 5'000;
  std::size_t max_queue_bytes = 16U << 20U;    // that wait for one peer, each way
  std::size_t max_message_bytes = 80U << 20U;  // of a frame that is taken
  std::size_t max_calls = 256;                 // of one peer, under way
};

struct BridgeHandlers {
  std::function<Greeting()> greeting;  // one's own; `to` is the bridge's affair
  // Further reasons to refuse another node than those of its greeting; empty: none.
  std::function<std::string(const Greeting&)> admit;
  std::function<std::uint64_t()> counter;
  std::function<std::string()> news;
  std::function<void(const std::string& node, std::uint64_t counter, std::string_view news)> heard;
  std::function<void(const std::string& node, bool up)> link_changed;
  // answer() it once, from any thread.
  std::function<void(const std::string& node, CallPlace place, const Call& call)> called;
};

struct PeerView {
  std::string node;
  std::string address;
  LinkView link;
  std::size_t queued_bytes = 0;
};

class Bridge {
 public:
  // The clock must outlive the bridge.
  Bridge(BridgeConfig config, BridgeHandlers handlers, Clock& clock);
  ~Bridge();  // stops
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // Listens and begins to dial. Code::invalid: an address is malformed; Code::io: it cannot be
  // listened on. Call it once.
  Result<void> start();
  // Where it listens, with the real port; after start().
  std::string endpoint() const;

  // Asks another node. The reply comes on the bridge's thread, at once and on the caller's where
  // the node is away or too much waits for it (Code::retry_later, with the node in `where`).
  void call(const std::string& node, std::string kind, std::string body, std::int64_t timeout_ms,
            CallReply reply);
  void answer(CallPlace place, std::string body);
  // Who the other nodes are from now on. A new one is dialled, with the key that lies in the folder
  // of keys by then or later; who stands there no more is told goodbye and let in no more.
  void set_peers(std::vector<PeerAddress> peers);
  // Beats to all now: there is news.
  void tell_news();

  std::vector<PeerView> peers() const;
  bool is_up(const std::string& node) const;
  std::uint64_t refused() const;  // greetings and keys

  // Says goodbye, fails the calls under way, joins the thread. A second call does nothing.
  void stop();

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace endure::bridge
