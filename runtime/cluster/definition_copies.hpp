// Keeps the definitions of all nodes the same: each tells a digest of what it has, and who hears
// another one than its own asks for what it lacks. A version never changes, so that copies need no
// order; the time of deployment is copied, so that `latest` is the same everywhere.
//
// Works on a thread of its own; note(), digest(): any thread, never wait.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "actors/blocking_pool.hpp"
#include "actors/cluster_engine.hpp"
#include "persistence/store.hpp"
#include "runtime/bridge/bridge.hpp"
#include "runtime/cluster/messages.hpp"

namespace endure::cluster {

class DefinitionCopies {
 public:
  // What is given must outlive it. `changed` is called when this node's digest has changed.
  DefinitionCopies(actors::ClusterEngine& engine, persistence::Store& store, bridge::Bridge& bridge,
                   Watchdog& watchdog, std::function<void()> changed);

  // Reads what there is. Code::io, Code::corrupt.
  Result<void> open();
  void stop();

  std::string digest() const;
  // A definition was deployed here.
  void refresh();
  // Another node has this digest.
  void note(const std::string& node, const std::string& digest);
  // Whether the node had the same as this one when it was heard last.
  bool same_as(const std::string& node) const;
  // Versions that stand here and there with different sources, "ns/name:version on NODE".
  std::set<std::string> conflicts() const;

  // Calls of another node. The bridge's thread; answered on the copies' own.
  void on_list(bridge::CallPlace place);
  void on_one(bridge::CallPlace place, std::string_view body);

 private:
  using Entries = std::map<workflow::DefinitionRef, std::string>;

  void compare(const std::string& node, const Result<std::string>& reply);
  void fetch(const std::string& node, const workflow::DefinitionRef& ref);
  void take(const std::string& node, const workflow::DefinitionRef& ref,
            const Result<std::string>& reply);
  void done(const std::string& node);

  actors::ClusterEngine& engine_;
  persistence::Store& store_;
  bridge::Bridge& bridge_;
  const std::function<void()> changed_;

  mutable std::mutex mutex_;
  Entries entries_;  // the digest of each source
  std::string digest_;
  std::map<std::string, std::string> heard_;     // by node
  std::map<std::string, std::size_t> fetching_;  // by node: calls under way
  bool dirty_ = false;  // something was copied that the digest does not say yet
  std::set<std::string> conflicts_;
  std::set<std::string> refused_;  // "ns/name:version on NODE" that cannot be copied, as was logged
  actors::BlockingPool work_;
};

}  // namespace endure::cluster
