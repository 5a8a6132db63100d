// Simulated workers: they take steps and answer them late, twice, wrongly or not at all, go away
// and come back with what they hold, over every death of the node.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "tests/simulation/record.hpp"

namespace endure::simulation {

class Workers {
 public:
  Workers(Record& record, persistence::Store& store, std::mt19937& random);

  // The node lives: they connect, with what they hold.
  void connect(actors::Engine& engine);
  // The node is gone.
  void disconnect();
  void act();
  // Ends whatever is held. True where there was anything.
  bool answer_all();

 private:
  struct Worker;
  class Sink;

  void complete(Worker& worker, std::size_t which);
  void fail(Worker& worker, std::size_t which);
  void attach(Worker& worker);
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  Record& record_;
  persistence::Store& store_;
  std::mt19937& random_;
  actors::Engine* engine_ = nullptr;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::uint64_t nonces_ = 0;
};

}  // namespace endure::simulation
