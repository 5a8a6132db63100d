#include "benchmarks/caf_messages.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "actors/caf_seam.hpp"

namespace endure::benchmarks {

namespace {

struct Bounce {
  std::size_t to = 0;  // who gets the next one
};

}  // namespace
}  // namespace endure::benchmarks

ENDURE_MESSAGE(endure::benchmarks::Bounce)

namespace endure::benchmarks {

namespace {

constexpr std::size_t actor_count = 1'000;

// What all bouncers share; set before the first message.
struct Court {
  std::vector<caf::actor> actors;
  std::atomic<bool> ended{false};
  std::atomic<std::uint64_t> messages{0};
};

class Bouncer final : public actors::EndureActor {
 public:
  Bouncer(caf::actor_config& config, std::shared_ptr<Court> court, std::size_t self)
      : EndureActor(config), court_(std::move(court)), self_(self) {}

  caf::behavior make_behavior() override {
    return {[this](const Bounce& bounce) {
      if (court_->ended) return;
      if (++seen_ % 64 == 0) court_->messages += 64;
      actors::tell(court_->actors[bounce.to], Bounce{self_});
    }};
  }

 private:
  std::shared_ptr<Court> court_;
  const std::size_t self_;
  std::uint64_t seen_ = 0;
};

}  // namespace

double caf_messages_per_s(std::uint32_t threads, std::int64_t ms) {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));  // CAF as it comes
  config.set("scheduler.max-threads", static_cast<std::size_t>(threads));
  config.set("scheduler.max-throughput", static_cast<std::size_t>(100));
  caf::actor_system system(config);
  const auto court = std::make_shared<Court>();
  for (std::size_t i = 0; i < actor_count; ++i) {
    court->actors.push_back(system.spawn<Bouncer>(court, i));
  }
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < actor_count; i += 2) actors::tell(court->actors[i], Bounce{i + 1});
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  const std::uint64_t messages = court->messages;
  const auto took = std::chrono::steady_clock::now() - begin;
  court->ended = true;
  for (const caf::actor& actor : court->actors) actors::exit_urgently(actor);
  system.await_all_actors_done();
  court->actors.clear();  // the actors hold the court, and it them
  return static_cast<double>(messages) / std::chrono::duration<double>(took).count();
}

}  // namespace endure::benchmarks
