// How many broadcast events of each type are kept, and what became of those that were. Memory only:
// what is kept is counted anew at the start of a node. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "actors/engine.hpp"

namespace endure::actors {

class EventFigures {
 public:
  enum class Fate : std::uint8_t { kept, offered, expired, dropped };

  void count(const std::string& type, Fate fate);
  std::vector<EventTypeView> views() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, EventTypeView> types_;
};

}  // namespace endure::actors
