#include "runtime/cluster/definition_copies.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/sha256.hpp"

namespace endure::cluster {

namespace {

constexpr std::int64_t call_timeout_ms = 10'000;
constexpr std::size_t digest_bytes = 16;

}  // namespace

DefinitionCopies::DefinitionCopies(actors::ClusterEngine& engine, persistence::Store& store,
                                   bridge::Bridge& bridge, Watchdog& watchdog,
                                   std::function<void()> changed)
    : engine_(engine),
      store_(store),
      bridge_(bridge),
      changed_(std::move(changed)),
      work_(1, "definitions", watchdog) {}

Result<void> DefinitionCopies::open() {
  const auto rows = store_.definitions();
  if (!rows) return Failure(rows.error());
  Entries entries;
  std::string all;
  for (const auto& row : *rows) {
    const auto full = store_.find_definition(row.ref);
    if (!full) return Failure(full.error());
    if (!*full) continue;
    auto digest = hex(sha256((*full)->source), digest_bytes);
    all += to_string(row.ref) + " " + digest + "\n";
    entries.emplace(row.ref, std::move(digest));
  }
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
  digest_ = hex(sha256(all), digest_bytes);
  return {};
}

void DefinitionCopies::stop() {
  work_.abandon();
}

std::string DefinitionCopies::digest() const {
  const std::lock_guard lock(mutex_);
  return digest_;
}

void DefinitionCopies::refresh() {
  if (const auto opened = open(); !opened) {
    log(Level::error, "definitions cannot be read", {{"error", opened.error().what}});
  }
  changed_();
}

bool DefinitionCopies::same_as(const std::string& node) const {
  const std::lock_guard lock(mutex_);
  const auto heard = heard_.find(node);
  return heard != heard_.end() && heard->second == digest_;
}

std::set<std::string> DefinitionCopies::conflicts() const {
  const std::lock_guard lock(mutex_);
  return conflicts_;
}

// -- what others have ---------------------------------------------------------------

void DefinitionCopies::note(const std::string& node, const std::string& digest) {
  {
    const std::lock_guard lock(mutex_);
    heard_[node] = digest;
    if (digest == digest_ || fetching_.contains(node)) return;
    fetching_[node] = 1;
  }
  bridge_.call(node, std::string(definitions_call), "", call_timeout_ms,
               [this, node](Result<std::string> reply) {
                 work_.post([this, node, reply = std::move(reply)] { compare(node, reply); });
               });
}

// One of the node's answers has been dealt with; after the last one this node says what it has now.
void DefinitionCopies::done(const std::string& node) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = fetching_.find(node);
    if (found == fetching_.end() || --found->second > 0) return;
    fetching_.erase(found);
    changed = std::exchange(dirty_, false);
  }
  if (changed) refresh();
}

void DefinitionCopies::compare(const std::string& node, const Result<std::string>& reply) {
  const auto entries =
      reply ? decode_entries(*reply) : Result<std::vector<DefinitionEntry>>(Failure(reply.error()));
  std::vector<workflow::DefinitionRef> missing;
  if (entries) {
    const std::lock_guard lock(mutex_);
    for (const auto& entry : *entries) {
      const auto own = entries_.find(entry.ref);
      if (own == entries_.end()) {
        missing.push_back(entry.ref);
      } else if (own->second != entry.digest &&
                 conflicts_.insert(to_string(entry.ref) + " on " + node).second) {
        log(Level::error, "a definition stands on two nodes with different sources",
            {{"definition", to_string(entry.ref)}, {"node", node}});
      }
    }
    fetching_[node] += missing.size();
  }
  for (const auto& ref : missing) fetch(node, ref);
  done(node);
}

void DefinitionCopies::fetch(const std::string& node, const workflow::DefinitionRef& ref) {
  bridge_.call(
      node, std::string(definition_call), encode(ref), call_timeout_ms,
      [this, node, ref](Result<std::string> reply) {
        work_.post([this, node, ref, reply = std::move(reply)] { take(node, ref, reply); });
      });
}

void DefinitionCopies::take(const std::string& node, const workflow::DefinitionRef& ref,
                            const Result<std::string>& reply) {
  auto row = reply ? decode_definition(*reply)
                   : Result<persistence::DefinitionRow>(Failure(reply.error()));
  if (!row) return done(node);
  engine_.copy_definition(std::move(*row), [this, node, ref](const Result<void>& result) {
    bool tell = false;
    {
      const std::lock_guard lock(mutex_);
      if (result) dirty_ = true;
      tell = !result && refused_.insert(to_string(ref) + " on " + node).second;
    }
    if (tell) {
      log(Level::warning, "a definition of another node cannot be taken",
          {{"definition", to_string(ref)}, {"node", node}, {"error", result.error().what}});
    }
    work_.post([this, node] { done(node); });
  });
}

// -- what others ask ----------------------------------------------------------------

void DefinitionCopies::on_list(bridge::CallPlace place) {
  std::vector<DefinitionEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ref, digest] : entries_) entries.push_back({ref, digest});
  }
  bridge_.answer(place, encode(entries));
}

void DefinitionCopies::on_one(bridge::CallPlace place, std::string_view body) {
  const auto ref = decode_ref(body);
  if (!ref) return bridge_.answer(place, "");
  work_.post([this, place, asked = *ref] {
    const auto row = store_.find_definition(asked);
    bridge_.answer(place, row && *row ? encode(**row) : "");
  });
}

}  // namespace endure::cluster
