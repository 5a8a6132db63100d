#include "actors/definition_cache.hpp"

#include <utility>

namespace endure::actors {

using workflow::Definition;
using workflow::DefinitionRef;
using DefinitionPtr = std::shared_ptr<const Definition>;

DefinitionCache::DefinitionCache(persistence::Store& store, workflow::Expressions& expressions)
    : store_(store), expressions_(expressions) {}

Result<void> DefinitionCache::open() {
  auto rows = store_.definitions();
  if (!rows) return Failure{rows.error()};
  const std::lock_guard lock(mutex_);
  for (const auto& row : *rows) entries_[row.ref] = Entry{row.deployed, nullptr};
  return {};
}

Result<DefinitionPtr> DefinitionCache::read_for_deployment(
    workflow::DefinitionSource& source, const workflow::RunAbilities& abilities) {
  const auto refuse = [](const workflow::Problem& problem) {
    return fail(Code::invalid, to_string(problem), problem.pointer);
  };
  const auto read = [&] {
    workflow::StoredResources resources(source.resources);
    return workflow::parse_definition(source.text, expressions_, {}, &resources);
  };
  auto parsed = read();
  if (parsed && !(*parsed)->resources.empty()) {
    auto stored = store_.find_definition((*parsed)->ref);
    if (!stored) return Failure{stored.error()};
    if (*stored && (*stored)->source == source.text) {
      source.resources = std::move((*stored)->resources);
      parsed = read();
    }
  }
  if (!parsed) return refuse(parsed.error().front());
  const auto refused = workflow::refused_runs(**parsed, abilities);
  if (!refused.empty()) return refuse(refused.front());
  return *parsed;
}

Result<DefinitionPtr> DefinitionCache::find(const std::string& ns, const std::string& name,
                                            const std::optional<std::string>& version) {
  DefinitionRef ref{ns, name, version.value_or("")};
  {
    const std::lock_guard lock(mutex_);
    Instant latest{-1};
    std::string versions;
    bool found = false;
    for (auto it = entries_.lower_bound({ns, name, ""});
         it != entries_.end() && it->first.ns == ns && it->first.name == name; ++it) {
      versions += (versions.empty() ? "" : ", ") + it->first.version;
      if (version ? it->first.version == *version : it->second.deployed >= latest) {
        latest = it->second.deployed;
        ref = it->first;
        found = true;
      }
    }
    if (!found) {
      std::string what = "no definition '" + name + "' in namespace '" + ns + "'";
      what += versions.empty() ? "; deploy it first"
                               : " has version '" + *version + "'; there are: " + versions;
      return fail(Code::not_found, std::move(what), "definition");
    }
    const Entry& entry = entries_.at(ref);
    if (entry.parsed) return entry.parsed;
  }
  return parse(ref);
}

std::optional<DefinitionRef> DefinitionCache::resolve(const std::string& ns,
                                                      const std::string& name,
                                                      const std::string& version) const {
  const std::lock_guard lock(mutex_);
  if (!version.empty()) {
    DefinitionRef ref{ns, name, version};
    if (entries_.contains(ref)) return ref;
    return std::nullopt;
  }
  std::optional<DefinitionRef> latest;
  Instant deployed{-1};
  for (auto it = entries_.lower_bound({ns, name, ""});
       it != entries_.end() && it->first.ns == ns && it->first.name == name; ++it) {
    if (it->second.deployed < deployed) continue;
    deployed = it->second.deployed;
    latest = it->first;
  }
  return latest;
}

Result<DefinitionPtr> DefinitionCache::parse(const DefinitionRef& ref) {
  auto row = store_.find_definition(ref);
  if (!row) return Failure{row.error()};
  if (!*row) return fail(Code::not_found, "the definition " + to_string(ref) + " is not stored");
  workflow::StoredResources resources((*row)->resources);
  auto parsed = workflow::parse_definition((*row)->source, expressions_, {}, &resources);
  if (!parsed) {
    return fail(Code::invalid, "the stored definition " + to_string(ref) +
                                   " cannot be used by this version of Endure: " +
                                   to_string(parsed.error().front()));
  }
  add(*parsed, (*row)->deployed);
  return *parsed;
}

void DefinitionCache::add(DefinitionPtr definition, Instant deployed) {
  const std::lock_guard lock(mutex_);
  queues_.insert(definition->queues.begin(), definition->queues.end());
  // The same version deployed again keeps its time: it is not the latest by that.
  Entry& entry = entries_.try_emplace(definition->ref, Entry{deployed, nullptr}).first->second;
  if (!entry.parsed) entry.parsed = std::move(definition);
}

bool DefinitionCache::knows(const workflow::DefinitionRef& ref) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(ref);
}

bool DefinitionCache::names_queue(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  return queues_.contains(queue);
}

}  // namespace endure::actors
