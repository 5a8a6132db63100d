// Simulated clients: they start workflows, send events (also again), publish them, pause, resume,
// cancel and terminate, and write down what was acknowledged.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "tests/simulation/record.hpp"

namespace endure::simulation {

class Clients {
 public:
  Clients(Record& record, std::mt19937& random) : record_(record), random_(random) {}

  void connect(actors::Engine& engine) { engine_ = &engine; }
  void deploy();
  void act();
  // One event more for all that may still wait for one; and those that are paused go on.
  void help(const std::vector<std::string>& live);

 private:
  void start(const std::string& definition, const std::string& id);
  void send(const std::string& id, const std::string& event);
  void publish();
  void control(const std::string& id, actors::Verb verb);
  const std::string& any();
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  Record& record_;
  std::mt19937& random_;
  actors::Engine* engine_ = nullptr;
  std::vector<std::string> ids_;
  std::uint64_t events_ = 0;
};

}  // namespace endure::simulation
