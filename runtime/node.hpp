// A node: everything that runs in one daemon, put together from a configuration.
//
// Opened and stopped by one thread. Parts are started from the inside out (expressions, store,
// engine, edges) and stopped in reverse: intake first, then the actors, then the journal, then the
// volume.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace endure {

// What a node tells about itself when it is ready.
struct NodeFacts {
  std::string http;     // "http://127.0.0.1:7450": where clients on this machine reach it
  std::string workers;  // "tcp://127.0.0.1:7451"
  std::string folder;   // absolute
  std::string durability;
  std::string cluster;          // "a of prod (tcp://127.0.0.1:7452)"; empty: none
  std::uint64_t epoch = 0;      // openings of the volume, this one included
  std::uint64_t workflows = 0;  // found in the volume
  std::uint64_t steps = 0;      // ready or delayed
  std::uint64_t dead_letters = 0;
  std::uint64_t timers = 0;
  std::int64_t ready_after_ms = 0;
};

class Node {
 public:
  // Opens the volume and starts everything; on return the node serves. Must be called before the
  // process starts threads, for expressions fork a process of their own. `fatal` is called on any
  // thread, at most once, when the node must stop.
  // Code::conflict: another process has the volume; Code::invalid: a setting does not fit the
  // machine (address, folder); Code::corrupt, Code::io: the volume cannot be read.
  static Result<std::unique_ptr<Node>> open(const config::Config& config,
                                            std::function<void(const Error&)> fatal);
  // Stops what still runs.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const NodeFacts& facts() const;

  // Orderly: returns when all that was accepted is durable and the volume is closed. Once.
  void stop();

 private:
  class Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace endure
