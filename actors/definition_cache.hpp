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
#include "workflow/decide.hpp"
#include "workflow/definition.hpp"
#include "workflow/run_abilities.hpp"

namespace endure::actors {

class DefinitionCache final : public workflow::DefinitionIndex {
 public:
  DefinitionCache(persistence::Store& store, workflow::Expressions& expressions);

  // Reads which definitions there are; each is parsed when it is first used.
  Result<void> open();

  // What is to be deployed: parsed, and within what the node may run. The same text again is the
  // definition that is stored, whatever stands at the addresses that it names now: `source` then
  // gets the stored resources. Code::invalid with the first problem.
  Result<std::shared_ptr<const workflow::Definition>> read_for_deployment(
      workflow::DefinitionSource& source, const workflow::RunAbilities& abilities);

  // Version absent: the one deployed last. Code::not_found says which versions there are. Reads
  // the store and compiles at first use: not for a scheduled actor.
  Result<std::shared_ptr<const workflow::Definition>> find(
      const std::string& ns, const std::string& name, const std::optional<std::string>& version);
  // The same without the definition itself: from memory alone.
  std::optional<workflow::DefinitionRef> resolve(const std::string& ns, const std::string& name,
                                                 const std::string& version) const override;
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
