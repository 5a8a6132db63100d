// What the handlers work with.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "actors/engine.hpp"
#include "base/clock.hpp"
#include "persistence/store.hpp"
#include "runtime/http/await.hpp"
#include "runtime/http/limits.hpp"
#include "runtime/http/message.hpp"
#include "runtime/http/start_gate.hpp"
#include "workflow/expression.hpp"
#include "workflow/resources.hpp"
#include "workflow/run_abilities.hpp"

namespace endure::http {

// Counts the long polls that are under way.
class LongPolls {
 public:
  class Slot {
   public:
    explicit Slot(std::atomic<std::size_t>* count) : count_(count) {}
    Slot(Slot&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (count_ != nullptr) count_->fetch_sub(1);
    }

   private:
    std::atomic<std::size_t>* count_;
  };

  // Code::retry_later where `limit` are under way.
  Result<Slot> enter(std::size_t limit) {
    if (count_.fetch_add(1) >= limit) {
      count_.fetch_sub(1);
      return fail(Code::retry_later, "the node serves " + std::to_string(limit) +
                                         " long polls already; try again, or ask without waiting");
    }
    return Slot(&count_);
  }
  std::size_t count() const { return count_.load(); }

 private:
  std::atomic<std::size_t> count_{0};
};

class Fellows;
class Spread;

struct Services {
  actors::Engine& engine;
  persistence::Store& store;
  workflow::Expressions& expressions;
  Clock& clock;
  Limits limits;
  std::string version;
  workflow::ExternalResources* resources = nullptr;  // null: definitions that need some are refused
  std::atomic<bool> ready{false};
  LongPolls long_polls;
  workflow::RunAbilities run;
  std::shared_ptr<StartGate> start_gate;  // shared with replies, which may come late
  Fellows* fellows = nullptr;             // null: there is no cluster
  Spread* spread = nullptr;               // the same

  Patience patience(const Request& request) const {
    return {limits.call_deadline_ms, request.abandoned};
  }
};

}  // namespace endure::http
