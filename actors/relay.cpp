#include "actors/relay.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "actors/definition_calls.hpp"
#include "actors/shard_move.hpp"
#include "base/fault_point.hpp"
#include "persistence/codec.hpp"

namespace endure::actors {

namespace {

using persistence::Delivery;
using persistence::Relayed;
using persistence::RelayedChild;
using persistence::RelayedEvent;

// What is told to the actors once the messages are durable.
struct News {
  std::vector<DeliverEvent> deliveries;
  std::vector<WorkflowNumber> children;
  bool events = false;
};

// The numbers of what came from elsewhere are not met again by what is made here.
void witness(Context& context, std::uint64_t sequence) {
  context.cluster->witness(context.store.numbering().counter(sequence));
}

Result<void> note(Context& context, const Delivery& delivery, News& news) {
  auto event = persistence::decode_event(delivery.message.event);
  if (!event) return Failure{event.error()};
  witness(context, delivery.message.sequence);
  news.deliveries.push_back({delivery.workflow, *std::move(event), delivery.message.sequence, {}});
  return {};
}

Result<void> note(Context& context, const RelayedChild& message, News& news) {
  const auto summary = persistence::decode_summary(message.child.snapshot);
  if (!summary) return Failure{summary.error()};
  if (!context.definitions.knows(summary->definition)) {
    return fail(Code::retry_later,
                "the definition " + to_string(summary->definition) + " is not here yet");
  }
  witness(context, message.child.refusal.sequence);
  witness(context, message.child.start.sequence);
  news.children.push_back(message.child.workflow);
  news.children.push_back(message.parent);  // where it has come here, too: it may be refused
  return {};
}

Result<void> note(Context& context, const RelayedEvent& message, News& news) {
  witness(context, message.row.sequence);
  news.events = true;
  return {};
}

void tell_all(Context& context, News& news) {
  for (DeliverEvent& delivery : news.deliveries) context.tell_shard(std::move(delivery));
  // One whose name was taken is not found, which is no harm.
  for (const WorkflowNumber number : news.children) {
    if (context.is_here(number)) context.shard_of(number).tell(ActivateWorkflow{number});
  }
  if (news.events) context.broker.tell(OutboxGrown{});
}

}  // namespace

void take_relayed(Context& context, persistence::RelayTaken messages, Reply<void> reply) {
  if (context.stopping) return reply(fail(Code::retry_later, "the node is stopping"));
  auto news = std::make_shared<News>();
  for (const auto& bytes : messages.messages) {
    const auto message = persistence::decode_relayed(bytes);
    if (!message) return reply(Failure{message.error()});
    auto noted = std::visit([&](const auto& one) { return note(context, one, *news); }, *message);
    if (!noted) return reply(std::move(noted));
  }
  ENDURE_FAULT_POINT("relay.before_commit");
  context.journal.submit(std::move(messages),
                         [&context, news, reply = std::move(reply)](const Result<void>& result) {
                           ENDURE_FAULT_POINT("relay.taken");
                           if (result) tell_all(context, *news);
                           reply(result);
                         });
}

void after_commit(Context& context) {
  context.announcer.flush();
  if (context.cluster != nullptr) context.relay_watch.look(*context.cluster);
}

namespace {

class NodeClusterEngine final : public ClusterEngine {
 public:
  explicit NodeClusterEngine(Context& context) : context_(context) {}

  void meet(persistence::NodeMet met, Reply<void> reply) override {
    context_.journal.submit(std::move(met), std::move(reply));
  }
  void give_birth(persistence::ClusterBorn birth, Reply<void> reply) override {
    context_.journal.submit(std::move(birth), std::move(reply));
  }
  void change_members(persistence::MembersChanged change, Reply<void> reply) override {
    ENDURE_FAULT_POINT("members.before_commit");
    context_.journal.submit(std::move(change),
                            [reply = std::move(reply)](const Result<void>& done) {
                              ENDURE_FAULT_POINT("members.committed");
                              reply(done);
                            });
  }
  void join(persistence::ClusterJoined joined, Reply<void> reply) override {
    context_.journal.submit(std::move(joined), std::move(reply));
  }
  void depart(persistence::NodeDeparts change, Reply<void> reply) override {
    context_.journal.submit(change, std::move(reply));
  }
  void take_relayed(persistence::RelayTaken messages, Reply<void> reply) override {
    actors::take_relayed(context_, std::move(messages), std::move(reply));
  }
  void forget_relayed(persistence::RelayAcked acked, Reply<void> reply) override {
    context_.journal.submit(acked, std::move(reply));
  }
  void move_shard(persistence::ShardMoved step, Reply<void> reply) override {
    actors::move_shard(context_, std::move(step), std::move(reply));
  }
  void on_relay_grown(std::function<void()> told) override {
    context_.relay_watch.set(std::move(told));
  }
  void copy_definition(persistence::DefinitionRow row, Reply<void> reply) override {
    actors::copy_definition(context_, std::move(row), std::move(reply));
  }

 private:
  Context& context_;
};

}  // namespace

std::unique_ptr<ClusterEngine> make_cluster_engine(Context& context) {
  if (context.cluster == nullptr) return nullptr;
  return std::make_unique<NodeClusterEngine>(context);
}

}  // namespace endure::actors
