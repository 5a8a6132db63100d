// One worker's session: what it holds and what it may still be handed. Plain bookkeeping, owned by
// the gateway's thread.
//
// Credits. `open` is what the engine may still hand to the worker on a queue. A step that is handed
// out takes one; ending it (an answer that was taken, a release) gives one back. The engine cannot
// be told to forget credits, so a worker that comes back with fewer leaves a `debt`, which swallows
// credits that would be given back.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/gateway/outbox.hpp"
#include "runtime/gateway/wire.hpp"

namespace endure::gateway {

class Session {
 public:
  struct Queue {
    std::string name;
    std::uint64_t open = 0;
    std::uint64_t debt = 0;
    std::uint32_t returned = 0;  // of `open`: the engine has not been told yet
  };
  struct PendingAnswer {
    std::string token;
    Answer answer = Answer::ok;
    std::string text;
  };

  SessionId id = 0;
  actors::ConsumerId consumer = 0;
  std::string instance;
  std::string worker;
  std::string route;  // the connection's routing id
  std::int64_t heard_ms = 0;
  std::uint64_t max_credit = 0;  // on one queue
  bool draining = false;         // wants no more steps
  bool unreachable = false;      // its connection is gone; it may come back
  bool doomed = false;           // does not read what it is sent: the next tick ends it

  // Waiting to be put into the next messages.
  std::vector<PendingAnswer> answers;
  std::vector<actors::LeasedStep> steps;
  std::vector<std::pair<std::string, std::string>> revoked;
  // Messages that the socket did not take yet.
  std::deque<std::string> unsent;

  // The queue by this name, or null.
  Queue* queue(std::string_view name);
  Queue& add_queue(std::string name);
  // The credits that a hello names take the place of those before; returns what to grant now.
  static std::uint32_t set_credit(Queue& queue, std::uint32_t wanted);
  // One credit comes back to the queue, and is to be granted with the others that have. None beyond
  // the limit: a worker may claim to hold what it never had.
  void give_back(const std::string& queue);
  // What has come back to the queue since the last call, to be granted now; nothing is where the
  // worker wants no more steps.
  std::uint32_t take_returned(Queue& queue) const;
  std::vector<Queue>& queues() { return queues_; }

  // The engine handed out this step: takes its credit.
  void spend(const std::string& queue);
  void hold(std::string token, const actors::StepToken& step);
  // No longer held; nothing where it was not.
  std::optional<actors::StepToken> end(const std::string& token);
  std::size_t held() const { return held_.size(); }
  // Steps held that the worker, on its return, does not know of: the messages that carried them
  // were lost. They are no longer held.
  std::vector<actors::StepToken> forget_all_but(const std::vector<std::string_view>& tokens);

 private:
  std::vector<Queue> queues_;
  std::unordered_map<std::string, actors::StepToken> held_;
};

}  // namespace endure::gateway
