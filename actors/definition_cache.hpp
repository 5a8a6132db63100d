// The deployed definitions, parsed. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "persistence/store.hpp"
#include "workflow/definition.hpp"

namespace endure::actors {

class DefinitionCache {
 public:
  DefinitionCache(persistence::Store& store, workflow::Expressions& expressions);

  // Reads which definitions there are; each is parsed when it is first used.
  Result<void> open();

  // Version absent: the one deployed last. Code::not_found says which versions there are. Reads
  // the store and compiles at first use: not for a scheduled actor.
  Result<std::shared_ptr<const workflow::Definition>> find(
      const std::string& ns, const std::string& name, const std::optional<std::string>& version);
  // After its deployment is durable.
  void add(std::shared_ptr<const workflow::Definition> definition, Instant deployed);

  // Whether this very version is deployed.
  bool knows(const workflow::DefinitionRef& ref) const;

  // Whether any deployed definition that was parsed so far names this queue.
  bool names_queue(const std::string& queue) const;

 private:
  struct Entry {
    Instant deployed;
    std::shared_ptr<const workflow::Definition> parsed;  // null until first used
  };

  Result<std::shared_ptr<const workflow::Definition>> parse(const workflow::DefinitionRef& ref);

  persistence::Store& store_;
  workflow::Expressions& expressions_;
  mutable std::mutex mutex_;
  std::map<workflow::DefinitionRef, Entry> entries_;
  std::set<std::string> queues_;
};

}  // namespace endure::actors
