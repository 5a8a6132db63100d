// The one place that knows which CAF this is (0.17 on Debian 12). What differs in CAF 1.x stands
// here: sending, spawning, exits, configuration, message registration.
#pragma once

#include <algorithm>
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/behavior.hpp>
#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include "actors/caf_scheduler.hpp"

// Messages never leave the process, so they need no serialisation.
#define ENDURE_MESSAGE(Type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(Type)

namespace endure::actors {

// Sends without a sender; from any thread.
template <class Message>
void tell(const caf::actor& to, Message&& message) {
  if (to) caf::anon_send(to, std::forward<Message>(message));
}

// Overtakes what waits in the mailbox; CAF's exit messages are not urgent by themselves.
inline void exit_urgently(const caf::actor& to) {
  if (to) {
    caf::anon_send<caf::message_priority::high>(
        to, caf::exit_msg{caf::actor_addr{}, caf::exit_reason::user_shutdown});
  }
}

template <class Message>
void tell_later(caf::event_based_actor* self, std::int64_t delay_ms, Message&& message) {
  self->delayed_send(self, std::chrono::milliseconds(delay_ms), std::forward<Message>(message));
}

// One queue shared by all threads instead of work stealing (which burns a core when idle), a
// bounded number of messages a turn (a busy actor would starve the others), and never cfg.parse()
// (it reads stray files).
inline void configure(caf::actor_system_config& config, std::size_t threads) {
  config.load<CafScheduler>();
  config.set("scheduler.max-threads", threads);
  config.set("scheduler.max-throughput", static_cast<std::size_t>(100));
}

// -- without threads: for an engine that is stepped by hand -----------------------

inline void configure_stepped(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
}

// Null for a system with threads.
inline caf::scheduler::test_coordinator* stepped(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator*>(&system.scheduler());
}

inline std::size_t waiting_jobs(caf::actor_system& system) {
  return stepped(system)->jobs.size();
}

inline void run_waiting_job(caf::actor_system& system, std::size_t which) {
  auto& scheduler = *stepped(system);
  const auto chosen = scheduler.jobs.begin() + static_cast<std::ptrdiff_t>(which);
  std::rotate(scheduler.jobs.begin(), chosen, chosen + 1);
  scheduler.run_once();
}

inline void advance_delayed(caf::actor_system& system, std::int64_t ms) {
  stepped(system)->advance_time(std::chrono::milliseconds(ms));
}

// Lets all actors of a stepped system come to rest; nothing where threads do that.
inline void run_if_stepped(caf::actor_system& system) {
  if (auto* scheduler = stepped(system)) scheduler->run();
}

// What an exception says, in one line.
inline std::string what_of(const std::exception_ptr& thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
  return "no exception";
}

// A handle that its supervisor swaps when the actor behind it is restarted. Any thread.
class ActorSlot {
 public:
  void set(caf::actor handle) {
    const std::lock_guard lock(mutex_);
    handle_ = std::move(handle);
  }
  caf::actor get() const {
    const std::lock_guard lock(mutex_);
    return handle_;
  }
  template <class Message>
  void tell(Message&& message) const {
    actors::tell(get(), std::forward<Message>(message));
  }

 private:
  mutable std::mutex mutex_;
  caf::actor handle_;
};

// The base of all our actors: an exception ends the actor, is logged, and tells its supervisor why.
class EndureActor : public caf::event_based_actor {
 public:
  explicit EndureActor(caf::actor_config& config) : caf::event_based_actor(config) {
    set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
      failure_ = what_of(thrown);
      return caf::make_error(caf::sec::runtime_error, failure_);
    });
    set_default_handler(caf::drop);
  }

  const std::string& failure() const { return failure_; }

 private:
  std::string failure_;
};

}  // namespace endure::actors
