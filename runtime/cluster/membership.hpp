// Keeps a node's list of who belongs to its cluster: decides about it where that is this node's
// affair, takes it from others where theirs is later, and brings a node that was added into the
// cluster (docs/decisions/025). Any thread; nothing waits.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/cluster_engine.hpp"
#include "persistence/store.hpp"
#include "runtime/bridge/bridge.hpp"
#include "runtime/cluster/members.hpp"
#include "runtime/cluster/messages.hpp"
#include "workflow/value/value.hpp"

namespace endure::cluster {

class Membership {
 public:
  // What is given must outlive it. `changed` is called when the list has changed, and the bridge
  // has its new peers.
  Membership(Configured configured, actors::ClusterEngine& engine, persistence::ClusterStore& store,
             bridge::Bridge& bridge, std::function<void()> changed);

  // Another node that was let in so far. Why it, or this one, has to wait; empty: it has not to.
  std::string on_greeting(const bridge::Greeting& own, const bridge::Greeting& theirs);
  // Another node has the list of this version.
  void heard(const std::string& node, std::uint64_t version);
  // A call of another node, with its list. The bridge's thread.
  void on_call(bridge::CallPlace place, std::string_view body);

  // A call of the node that decides: this one is to leave, or to stay. The bridge's thread.
  void on_depart(bridge::CallPlace place, std::string_view body);

  // As http::Fellows::change_members(); `absentee` counts where the node is away.
  void add(const std::string& node, const std::string& address,
           actors::Reply<workflow::Json> reply);
  void remove(const Absentee& absentee, actors::Reply<workflow::Json> reply);

  // Why the list of another node cannot be taken; empty: nothing is wrong.
  std::string conflict() const;

 private:
  using Reply = actors::Reply<workflow::Json>;
  struct Telling;

  Result<void> count_waiting(std::uint64_t& count) const;
  void depart(std::uint64_t version, bool stays, std::function<void(DepartAnswer)> reply);
  void ask_to_stay(const std::string& node, const MemberList& members);
  Result<void> may_decide(const MemberList& members) const;
  void decide(const MemberList& now, MemberList next, const std::string& node, Reply reply);
  void tell(const std::shared_ptr<Telling>& telling);
  void told(const std::shared_ptr<Telling>& telling);
  void take(MemberList members, actors::Reply<void> done);
  void join(const bridge::Greeting& theirs);
  void meet_new_peers();

  const Configured configured_;
  actors::ClusterEngine& engine_;
  persistence::ClusterStore& store_;
  bridge::Bridge& bridge_;
  const std::function<void()> changed_;

  mutable std::mutex mutex_;
  bool heard_others_ = false;  // since the start
  bool joining_ = false;
  std::string conflict_;
};

}  // namespace endure::cluster
