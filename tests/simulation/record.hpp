// What the clients and workers of a simulated node sent and were told. Answers of a node that died
// in between are not counted: whoever waits for one has heard nothing.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace endure::simulation {

struct Record {
  std::set<std::string> sent;                          // workflows that were to be started
  std::set<std::string> started;                       // and are, as the node said
  std::map<std::string, std::set<std::string>> given;  // workflow -> events sent to it
  std::map<std::string, std::set<std::string>> taken;  // and acknowledged
  std::set<std::string> given_up;                      // cancelled or terminated, as the node said
  struct Result {
    std::string workflow;
    std::string task;
  };
  std::map<std::string, Result> results;                 // nonce -> for what
  std::set<std::string> kept;                            // nonces that the node acknowledged
  using Step = std::pair<std::uint64_t, std::uint64_t>;  // workflow and wait
  std::set<Step> done;                                   // their results were acknowledged
  std::map<Step, std::uint32_t> failed;  // the last attempt whose failure was acknowledged
  std::vector<std::string> problems;     // seen on the way
  std::uint64_t lives = 0;               // of the node: which one asks
  std::uint64_t facts = 0;               // counts all that was heard, for the fingerprint
};

}  // namespace endure::simulation
