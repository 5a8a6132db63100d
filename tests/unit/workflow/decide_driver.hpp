// Drives one workflow through decide() as an engine would, with a store that is the fold of all
// effects. After every transition it checks what must hold for any workflow.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "workflow/decide.hpp"
#include "workflow/migrate.hpp"

namespace endure::workflow::test {

// The tests share one evaluator: compiling jq is slow.
Expressions& shared_expressions();

// Parses `tasks` below a `do:` of a document with `document.dsl` and so on; `top` is put before it.
std::shared_ptr<const Definition> make_definition(const std::string& tasks,
                                                  const std::string& top = {});
std::shared_ptr<const Definition> parse_whole(const std::string& text);

class Driver {
 public:
  using Kind = HistoryEntry::Kind;

  explicit Driver(const std::string& tasks, const std::string& top = {})
      : Driver(make_definition(tasks, top)) {}
  explicit Driver(std::shared_ptr<const Definition> definition);

  Driver& start(Json input = nullptr);
  // Decides an event; FAILs the test where it is refused.
  void decide(const Event& event);
  // The error that the event is refused with; FAILs where it is taken.
  Error refused(const Event& event);
  // Either, for random runs. True where it was taken.
  bool try_decide(const Event& event);

  // Moves to another version of the definition; what stands in the way, and then nothing is
  // changed.
  std::vector<MigrationObstacle> migrate(std::shared_ptr<const Definition> to);

  // -- the world's part -------------------------------------------------------
  void complete(const std::string& queue, Json result);  // the oldest live step of the queue
  void fail_step(const std::string& queue, int status = 500, bool exhausted = false);
  void fire();  // the timer that is due first; time moves on to it
  void send(const std::string& type, Json data = nullptr);     // addressed to the workflow
  void publish(const std::string& type, Json data = nullptr);  // by the outbox: lies in the mailbox
  void deliver(Json cloud_event, std::uint64_t number);        // the same, of an event that is kept
  // Kept events, each as its sequence and itself; false where none was wanted.
  bool offer(const std::vector<std::pair<std::uint64_t, Json>>& kept);
  Json event(const std::string& type, Json data);  // with an id of its own
  Event step_failed(const std::string& queue, int status, bool exhausted);

  // -- what stands open, as the store has it ------------------------------------
  struct Step {
    std::string queue;
    std::string task;
    Json arguments;
    bool dead = false;
  };
  std::map<WaitId, Step> steps;
  std::map<WaitId, Instant> timers;
  std::set<std::pair<WaitId, std::string>> listeners;
  std::map<std::uint64_t, Event> mailbox;
  std::vector<CloudEvent> published;
  std::map<WaitId, StartChild> children;  // all that were started, numbered from 101
  std::vector<WorkflowNumber> cancelled_children;
  std::vector<TellParent> parent_told;

  // The definitions that `run: workflow` finds, "namespace/name:version", the latest last.
  struct Index final : DefinitionIndex {
    std::vector<DefinitionRef> refs;
    std::optional<DefinitionRef> resolve(const std::string& ns, const std::string& name,
                                         const std::string& version) const override;
  };
  Index index;
  // A child of its own parent; to be called before start().
  void be_child(Parent parent) { snapshot_.parent = std::move(parent); }
  void end_child(WaitId wait, Json output, std::optional<Fault> fault = {});

  WaitId step_on(const std::string& queue, bool dead = false) const;  // 0: none

  // -- what became of it --------------------------------------------------------
  const Snapshot& snapshot() const { return snapshot_; }
  Phase phase() const { return snapshot_.phase; }
  const Json& output() const { return snapshot_.output.json(); }
  const Fault& fault() const;
  // All entries so far of one kind: the tasks' pointers, or the details.
  std::vector<std::string> tasks_of(Kind kind) const;
  std::vector<std::string> details_of(Kind kind) const;

  Decision decision;  // its `now` is the test's clock
  // What sinks that ask for everything would have been told: the types without what they share, and
  // the events.
  std::vector<std::string> told() const;
  std::vector<CloudEvent> lifecycle;
  const Definition& definition() const { return *definition_; }

 private:
  void apply(const Event& event, Outcome outcome);
  void apply(const Event& event, const Effect& effect);
  void check() const;

  std::shared_ptr<const Definition> definition_;
  Snapshot snapshot_;
  std::vector<HistoryEntry> history_;
  std::uint64_t sequence_ = 0;
  std::uint64_t events_ = 0;
};

Json event_json(const std::string& type, Json data);

}  // namespace endure::workflow::test
