// The rules of a worker's side of the protocol, without socket or thread: messages of the node in,
// messages for it out. WorkerClient gives it a socket, a thread and a lock.
//
// A step is held from its arrival until its end was answered; until then its token is named in
// every hello, its lease is extended, and its end is sent again whenever the connection is new.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/gateway/wire.hpp"
#include "runtime/gateway/worker_client.hpp"

namespace endure::gateway {

class WorkerLink {
 public:
  WorkerLink(WorkerClientConfig config, std::string instance);

  // -- the node's side; each returns nothing, messages gather in outgoing() --
  void on_connecting(std::int64_t now_ms);  // a new socket
  void on_frame(std::string_view frame, std::int64_t now_ms);
  void on_time(std::int64_t now_ms);  // hello, heartbeats, repeats that are due
  // The node has been silent so long that the socket should be made anew.
  bool is_silent(std::int64_t now_ms) const;
  // After goodbye(): the node has heard it, or there is none to hear it.
  bool has_left() const { return goodbye_heard_; }
  std::vector<std::string> outgoing() { return std::exchange(outgoing_, {}); }

  // -- the worker's side --
  std::optional<Work> take();  // a step that nobody has begun
  bool has_unsent_ends() const { return !ended_.empty(); }
  bool has_ready() const { return !ready_.empty(); }
  void complete(const std::string& token, std::string result);
  void fail(const std::string& token, WorkFailure failure);
  void drain();
  void goodbye();
  std::size_t in_hand() const { return held_.size(); }
  bool holds(const std::string& token) const { return held_.contains(token); }

  // The node that this link leads to, once it has said so; and the others that it knows.
  const std::string& node() const { return node_; }
  const std::vector<std::pair<std::string, std::string>>& others() const { return others_; }

 private:
  using End = std::variant<std::string, WorkFailure>;
  struct Held {
    std::string queue;
    std::int64_t lease_ms = 0;
    std::int64_t extended_ms = 0;
    std::shared_ptr<std::atomic<bool>> lost;
    std::optional<End> end;
    std::optional<std::int64_t> resend_ms;  // the node asked for patience
  };

  void on(const Welcome& message, std::int64_t now_ms);
  void on(const Steps& message, std::int64_t now_ms);
  void on(const Answers& message, std::int64_t now_ms);
  void on(const Lost& message, std::int64_t now_ms);
  void on(const Revoke& message, std::int64_t now_ms);
  void on(const Refuse& message, std::int64_t now_ms);
  void on(const Goodbye& message, std::int64_t now_ms);
  void on(const Nodes& message, std::int64_t now_ms);

  void hello(std::int64_t now_ms);
  void beat(std::int64_t now_ms);
  void end(const std::string& token, End end);
  void resend(std::int64_t now_ms);
  void flush_ends();
  void take_away(std::string_view token, std::string_view why);
  void release(const std::vector<std::string>& tokens);

  const WorkerClientConfig config_;
  const std::string instance_;
  Limits limits_{1 << 20, 1 << 20, 0};
  std::int64_t heartbeat_ms_;
  std::string node_;
  std::vector<std::pair<std::string, std::string>> others_;
  std::int64_t heard_ms_ = 0;
  std::int64_t next_hello_ms_ = 0;
  std::int64_t next_beat_ms_ = 0;
  std::int64_t next_resend_ms_ = std::numeric_limits<std::int64_t>::max();
  bool welcomed_ = false;
  bool draining_ = false;
  bool goodbye_heard_ = false;
  std::unordered_map<std::string, Held> held_;
  std::deque<Work> ready_;
  std::vector<std::string> ended_;  // tokens whose end waits to be sent
  std::vector<std::string> outgoing_;
};

}  // namespace endure::gateway
