// A world around an engine that is stepped by hand: clients, workers, a clock and a store that
// fails, all of it drawn from one seed. The engine is the production code; whatever could happen
// next (a message of an actor, a commit, a read, a lost worker, an hour that passes, the death of
// the node) may be what happens next. The same seed gives the same run, to the last message.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/stepped_engine.hpp"
#include "base/clock.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/record.hpp"
#include "tests/simulation/workers.hpp"
#include "tests/support/fault_store.hpp"

namespace endure::simulation {

struct Plan {
  std::uint32_t seed = 1;
  std::uint32_t ticks = 1'500;  // of chaos, before the world behaves
};

class World {
 public:
  World(Plan plan, workflow::Expressions& expressions);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Chaos, then rest. What was illegal, each a sentence; none: all held.
  std::vector<std::string> run();

  std::uint64_t deaths() const { return deaths_; }
  std::uint64_t workflows() const { return record_.started.size(); }
  // The whole run in one number: the same for the same seed.
  std::uint64_t fingerprint();

 private:
  void open();
  void die();
  void tick();
  void something_fails();
  void pass_time();
  bool settle_down();
  void let_all_happen();

  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  Plan plan_;
  std::mt19937 random_;
  workflow::Expressions& expressions_;
  ManualClock clock_;
  persistence::FaultStore store_;
  Record record_;
  bool failed_ = false;  // the engine asked to be stopped
  std::uint64_t deaths_ = 0;
  std::uint64_t full_for_ = 0;  // ticks until the disk has room again
  std::unique_ptr<actors::SteppedEngine> stepper_;
  Clients clients_;
  Workers workers_;
};

}  // namespace endure::simulation
