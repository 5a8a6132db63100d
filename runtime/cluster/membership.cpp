#include "runtime/cluster/membership.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"
#include "runtime/bridge/admission.hpp"
#include "runtime/cluster/messages.hpp"

namespace endure::cluster {

namespace {

constexpr std::int64_t tell_timeout_ms = 2'000;
constexpr std::int64_t ask_timeout_ms = 10'000;

}  // namespace

Membership::Membership(Configured configured, actors::ClusterEngine& engine,
                       persistence::ClusterStore& store, bridge::Bridge& bridge,
                       std::function<void()> changed)
    : configured_(std::move(configured)),
      engine_(engine),
      store_(store),
      bridge_(bridge),
      changed_(std::move(changed)) {}

std::string Membership::conflict() const {
  const std::lock_guard lock(mutex_);
  return conflict_;
}

void Membership::meet_new_peers() {
  bridge_.set_peers(peers_of(store_.row(), configured_));
  changed_();
}

// -- from others ------------------------------------------------------------------

std::string Membership::on_greeting(const bridge::Greeting& own, const bridge::Greeting& theirs) {
  if (bridge::adopts(own, theirs)) {
    join(theirs);
    return own.node + " was added to the cluster and writes that down";
  }
  if (!own.is_born || !theirs.is_born || theirs.members.version <= own.members.version) return {};
  take(theirs.members, [](const Result<void>&) {});
  for (const auto& node : {own.node, theirs.node}) {
    if (!theirs.members.has(node)) return node + " was removed from the cluster";
  }
  if (own.members.has(theirs.node)) return {};
  return own.node + " hears that " + theirs.node + " was added to the cluster and writes it down";
}

void Membership::join(const bridge::Greeting& theirs) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(joining_, true)) return;
  }
  engine_.join({theirs.born, theirs.members}, [this, from = theirs.node](const Result<void>& done) {
    if (done) {
      log(Level::info, "the node belongs to the cluster now", {{"from", from}});
      meet_new_peers();
    } else {
      log(Level::error, "the node cannot join the cluster", {{"error", done.error().what}});
    }
    const std::lock_guard lock(mutex_);
    joining_ = false;
  });
}

void Membership::take(MemberList members, actors::Reply<void> done) {
  const auto version = members.version;
  engine_.change_members({std::move(members)},
                         [this, version, done = std::move(done)](const Result<void>& result) {
                           if (!result && result.error().code != Code::conflict) {
                             log(Level::error, "the list of nodes of another one cannot be taken",
                                 {{"version", version}, {"error", result.error().what}});
                           }
                           {
                             const std::lock_guard lock(mutex_);
                             if (result) conflict_.clear();
                             if (!result && result.error().code == Code::invalid)
                               conflict_ = result.error().what;
                           }
                           done(result);
                           if (result) meet_new_peers();
                         });
}

void Membership::heard(const std::string& node, std::uint64_t version) {
  {
    const std::lock_guard lock(mutex_);
    heard_others_ = true;
  }
  const auto own = store_.row();
  if (!own.born || version <= own.members.version) return;
  bridge_.call(node, std::string(members_call), encode(own.members), ask_timeout_ms,
               [this](const Result<std::string>& reply) {
                 auto theirs =
                     reply ? decode_members(*reply) : Result<MemberList>(Failure(reply.error()));
                 if (!theirs || theirs->version <= store_.row().members.version) return;
                 take(std::move(*theirs), [](const Result<void>&) {});
               });
}

void Membership::on_call(bridge::CallPlace place, std::string_view body) {
  auto theirs = decode_members(body);
  const auto answer = [this, place](const Result<void>&) {
    bridge_.answer(place, encode(store_.row().members));
  };
  const auto own = store_.row();
  if (!theirs || !own.born || theirs->version <= own.members.version) return answer({});
  take(std::move(*theirs), answer);
}

// -- decisions --------------------------------------------------------------------

// What is told to the others, and who has not taken it.
struct Membership::Telling {
  MemberList list;
  std::string node;
  std::vector<std::string> to;
  bool oneself_goes = false;
  Reply reply;

  std::mutex mutex;
  std::size_t open = 0;
  std::size_t taken = 0;
  workflow::Json missing = workflow::Json::array();
};

Result<void> Membership::may_decide(const MemberList& members) const {
  const auto row = store_.row();
  const Member* decider = members.decider();
  if (!row.born || decider == nullptr) {
    return fail(Code::retry_later, "the cluster has not begun");
  }
  if (decider->node != row.identity.node) {
    return fail(Code::retry_later,
                decider->node + " decides which nodes there are, not " + row.identity.node,
                decider->node);
  }
  // Its volume may be an older backup, of before it gave a number.
  bool alone = true;
  for (const auto& member : members.all) {
    if (!member.gone && member.node != decider->node) alone = false;
  }
  const std::lock_guard lock(mutex_);
  if (alone || heard_others_) return {};
  return fail(Code::retry_later,
              decider->node + " has not heard of any other node since it started; one must be up");
}

void Membership::add(const std::string& node, const std::string& address, Reply reply) {
  const auto now = store_.row().members;
  if (const auto may = may_decide(now); !may) return reply(Failure(may.error()));
  auto next = with_member(with_addresses(now, configured_), node, address);
  if (!next) return reply(Failure(next.error()));
  decide(now, std::move(*next), node, std::move(reply));
}

// One that is up says itself whether it can go, and then takes nothing more.
void Membership::remove(const Absentee& absentee, Reply reply) {
  const auto& node = absentee.node;
  const auto now = store_.row().members;
  const Member* known = now.find(node);
  const bool gone = known != nullptr && known->gone;
  if (const auto may = may_decide(now); !gone && !may) return reply(Failure(may.error()));
  auto next = without_member(with_addresses(now, configured_), node);
  if (!next) return reply(Failure(next.error()));
  if (gone) return decide(now, std::move(*next), node, std::move(reply));
  auto go = [this, now, next = std::move(*next), node,
             reply = std::move(reply)](const Result<DepartAnswer>& answer) {
    if (!answer) return reply(Failure(answer.error()));
    if (!answer->problem.empty()) {
      return reply(
          fail(answer->shards ? Code::conflict : Code::retry_later, answer->problem, node));
    }
    if (answer->waiting > 0) {
      return reply(fail(Code::retry_later,
                        node + " has " + std::to_string(answer->waiting) +
                            " messages that other nodes have not taken yet; try again",
                        node));
    }
    decide(now, next, node, reply);
  };
  if (node == store_.row().identity.node) return depart(now.version, false, std::move(go));
  if (!bridge_.is_up(node)) {
    const auto may = may_leave(absentee);
    return may ? go(DepartAnswer()) : go(Failure(may.error()));
  }
  bridge_.call(node, std::string(depart_call), encode(DepartAsk{now, false}), ask_timeout_ms,
               [go = std::move(go)](const Result<std::string>& bytes) {
                 bytes ? go(decode_depart_answer(*bytes)) : go(Failure(bytes.error()));
               });
}

// -- leaving ----------------------------------------------------------------------

Result<void> Membership::count_waiting(std::uint64_t& count) const {
  const auto pending = store_.pending_channels();
  if (!pending) return Failure(pending.error());
  for (const auto& channel : *pending) count += channel.sent - channel.acked;
  return {};
}

// What waits is counted before, so that a node does not refuse events for nothing, and after, when
// no more can come.
void Membership::depart(std::uint64_t version, bool stays,
                        std::function<void(DepartAnswer)> reply) {
  DepartAnswer before;
  if (const auto counted = count_waiting(before.waiting); !counted) {
    before.problem = counted.error().what;
  }
  if (!stays && (before.waiting > 0 || !before.problem.empty())) return reply(before);
  const auto until = stays ? std::nullopt : std::optional(version);
  engine_.depart({until}, [this, reply = std::move(reply)](const Result<void>& done) {
    DepartAnswer answer;
    if (!done) {
      answer.problem = done.error().what;
      answer.shards = !done.error().where.empty();
    } else if (const auto counted = count_waiting(answer.waiting); !counted) {
      answer.problem = counted.error().what;
    }
    reply(answer);
  });
}

void Membership::on_depart(bridge::CallPlace place, std::string_view body) {
  const auto ask = decode_depart(body);
  const auto answer = [this, place](const DepartAnswer& what) {
    bridge_.answer(place, encode(what));
  };
  if (!ask) return answer({0, ask.error().what, false});
  const auto version = ask->members.version;
  if (version <= store_.row().members.version) return depart(version, ask->stays, answer);
  take(ask->members, [this, version, stays = ask->stays, answer](const Result<void>&) {
    depart(version, stays, answer);
  });
}

// It may have been asked to leave, and then was not removed.
void Membership::ask_to_stay(const std::string& node, const MemberList& members) {
  if (node == store_.row().identity.node) {
    return depart(members.version, true, [](const DepartAnswer&) {});
  }
  bridge_.call(node, std::string(depart_call), encode(DepartAsk{members, true}), ask_timeout_ms,
               [](const Result<std::string>&) {});
}

void Membership::decide(const MemberList& now, MemberList next, const std::string& node,
                        Reply reply) {
  const Member* member = next.find(node);
  workflow::Json facts = {{"node", node},
                          {"number", member->number},
                          {"address", member->address},
                          {"version", next.version},
                          {"changed", next.version > now.version},
                          {"missing", workflow::Json::array()}};
  if (next.version == now.version) {
    if (!member->gone) ask_to_stay(node, now);
    return reply(std::move(facts));
  }
  const bool goes = member->gone;
  auto telling = std::make_shared<Telling>();
  telling->node = node;
  telling->oneself_goes = goes && node == store_.row().identity.node;
  telling->list = next;
  for (const auto& other : now.all) {
    if (!other.gone && other.node != store_.row().identity.node) telling->to.push_back(other.node);
  }
  telling->reply = [reply = std::move(reply), facts](Result<workflow::Json> missing) mutable {
    if (!missing) return reply(Failure(missing.error()));
    facts["missing"] = std::move(*missing);
    reply(std::move(facts));
  };
  engine_.change_members({std::move(next)}, [this, telling, goes](const Result<void>& done) {
    if (!done && done.error().code == Code::conflict) {
      return telling->reply(
          fail(Code::retry_later, "another node was added or removed at the same time; try again"));
    }
    if (!done) return telling->reply(Failure(done.error()));
    log(Level::info,
        goes ? "a node was removed from the cluster" : "a node was added to the cluster",
        {{"node", telling->node}, {"version", telling->list.version}});
    if (!goes) meet_new_peers();
    tell(telling);
  });
}

// One that goes is told, too, before the links to it end.
void Membership::tell(const std::shared_ptr<Telling>& telling) {
  telling->open = telling->to.size() + 1;
  const auto bytes = encode(telling->list);
  for (const auto& node : telling->to) {
    bridge_.call(node, std::string(members_call), bytes, tell_timeout_ms,
                 [this, telling, node](const Result<std::string>& reply) {
                   const auto theirs =
                       reply ? decode_members(*reply) : Result<MemberList>(Failure(reply.error()));
                   {
                     const std::lock_guard lock(telling->mutex);
                     if (theirs && theirs->version >= telling->list.version) {
                       ++telling->taken;
                     } else {
                       telling->missing.push_back(
                           {{"node", node},
                            {"reason", theirs ? "it has not taken it" : theirs.error().what}});
                     }
                   }
                   told(telling);
                 });
  }
  told(telling);
}

void Membership::told(const std::shared_ptr<Telling>& telling) {
  {
    const std::lock_guard lock(telling->mutex);
    if (--telling->open > 0) return;
  }
  meet_new_peers();
  if (telling->oneself_goes && telling->taken == 0) {
    return telling->reply(fail(
        Code::retry_later, telling->node +
                               " has left, and no other node has heard it yet: let it run until "
                               "one has"));
  }
  telling->reply(std::move(telling->missing));
}

}  // namespace endure::cluster
