#include "tests/unit/workflow/decide_driver.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"
#include "workflow/expressions.hpp"
#include "workflow/lifecycle.hpp"

namespace endure::workflow::test {

Expressions& shared_expressions() {
  static const auto expressions = make_expressions();
  return *expressions;
}

std::shared_ptr<const Definition> parse_whole(const std::string& text) {
  auto parsed = parse_definition(text, shared_expressions());
  if (!parsed) {
    std::string problems = text;
    for (const auto& problem : parsed.error()) problems += "\n" + to_string(problem);
    FAIL(problems);
  }
  return *parsed;
}

std::shared_ptr<const Definition> make_definition(const std::string& tasks,
                                                  const std::string& top) {
  return parse_whole("document: {dsl: '1.0.3', namespace: test, name: sample, version: '1.0.0'}\n" +
                     top + "do:\n" + tasks);
}

Json event_json(const std::string& type, Json data) {
  Json event{{"specversion", "1.0"}, {"id", "1"}, {"source", "test"}, {"type", type}};
  if (!data.is_null()) event["data"] = std::move(data);
  return event;
}

Driver::Driver(std::shared_ptr<const Definition> definition) : definition_(std::move(definition)) {
  decision.now = {1'700'000'000'000};
  decision.definitions = &index;
  snapshot_ = new_workflow(7, {"test", "w-1"}, *definition_, decision.now);
}

Driver& Driver::start(Json input) {
  decide(Started{Value(std::move(input))});
  return *this;
}

bool Driver::try_decide(const Event& event) {
  decision.message = decision.stored ? decision.message : ++sequence_;
  auto outcome = workflow::decide(*definition_, snapshot_, event, decision, shared_expressions());
  if (!outcome) return false;
  apply(event, std::move(*outcome));
  return true;
}

void Driver::decide(const Event& event) {
  decision.message = decision.stored ? decision.message : ++sequence_;
  auto outcome = workflow::decide(*definition_, snapshot_, event, decision, shared_expressions());
  if (!outcome) FAIL("refused: " << outcome.error().what);
  apply(event, std::move(*outcome));
}

Error Driver::refused(const Event& event) {
  decision.message = ++sequence_;
  auto outcome = workflow::decide(*definition_, snapshot_, event, decision, shared_expressions());
  if (outcome) FAIL("the event was taken");
  return outcome.error();
}

// -- the world's part ---------------------------------------------------------

WaitId Driver::step_on(const std::string& queue, bool dead) const {
  for (const auto& [wait, step] : steps) {
    if (step.queue == queue && step.dead == dead) return wait;
  }
  return 0;
}

void Driver::complete(const std::string& queue, Json result) {
  decide(StepCompleted{step_on(queue), Value(std::move(result)), 1, "worker-1"});
}

Event Driver::step_failed(const std::string& queue, int status, bool exhausted) {
  const Fault fault{"https://open-workflow-specification.org/spec/1.0.0/errors/communication",
                    status,
                    "Failed",
                    "the service said no",
                    {}};
  return StepFailed{step_on(queue), fault, exhausted, 1, "worker-1"};
}

void Driver::fail_step(const std::string& queue, int status, bool exhausted) {
  decide(step_failed(queue, status, exhausted));
}

void Driver::fire() {
  REQUIRE_FALSE(timers.empty());
  const auto first =
      std::min_element(timers.begin(), timers.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  decision.now = std::max(decision.now, first->second);
  decide(TimerFired{first->first});
}

void Driver::send(const std::string& type, Json data) {
  decide(EventReceived{Value(event(type, std::move(data))), true, 0, {}});
}

Json Driver::event(const std::string& type, Json data) {
  Json made = event_json(type, std::move(data));
  made["id"] = std::to_string(++events_);
  return made;
}

void Driver::publish(const std::string& type, Json data) {
  deliver(event(type, std::move(data)), 0);
}

bool Driver::offer(const std::vector<std::pair<std::uint64_t, Json>>& events) {
  EventsOffered offered;
  for (const auto& [number, each] : events) {
    offered.offers.push_back({number, ++sequence_, Value(each)});
  }
  return try_decide(offered);
}

void Driver::deliver(Json cloud_event, std::uint64_t number) {
  const Event event = EventReceived{Value(std::move(cloud_event)), false, number, {}};
  decision.message = ++sequence_;
  decision.stored = true;
  mailbox.emplace(decision.message, event);
  decide(event);
  decision.stored = false;
}

std::optional<DefinitionRef> Driver::Index::resolve(const std::string& ns, const std::string& name,
                                                    const std::string& version) const {
  for (auto ref = refs.rbegin(); ref != refs.rend(); ++ref) {
    if (ref->ns == ns && ref->name == name && (version.empty() || ref->version == version)) {
      return *ref;
    }
  }
  return std::nullopt;
}

void Driver::end_child(WaitId wait, Json output, std::optional<Fault> fault) {
  const Event event = ChildEnded{wait, "test/w-1." + std::to_string(wait), Value(std::move(output)),
                                 std::move(fault)};
  decision.message = ++sequence_;
  decision.stored = true;
  mailbox.emplace(decision.message, event);
  decide(event);
  decision.stored = false;
}

// -- the store's part ---------------------------------------------------------

std::vector<MigrationObstacle> Driver::migrate(std::shared_ptr<const Definition> to) {
  auto outcome = workflow::migrate(*definition_, *to, snapshot_, decision.now);
  if (!outcome) return outcome.error();
  CHECK(outcome->effects.empty());
  definition_ = std::move(to);
  apply(TimerFired{}, std::move(*outcome));
  return {};
}

void Driver::apply(const Event& event, Outcome outcome) {
  CHECK(outcome.next.transition == snapshot_.transition + 1);
  CHECK(outcome.next.updated >= snapshot_.updated);
  CHECK_FALSE(outcome.history.empty());
  const auto written = lifecycle_events(
      definition_.get(), snapshot_.transition == 0 ? nullptr : &snapshot_, outcome, EventTypes({}));
  lifecycle.insert(lifecycle.end(), written.begin(), written.end());
  for (auto& effect : outcome.effects) {
    if (auto* child = std::get_if<StartChild>(&effect)) {
      child->number = 101 + children.size();
      for (auto& open : outcome.next.children) {
        if (open.wait == child->wait) open.number = child->number;
      }
    }
    apply(event, effect);
  }
  for (auto& entry : outcome.history) history_.push_back(std::move(entry));
  snapshot_ = std::move(outcome.next);
  check();
}

void Driver::apply(const Event& event, const Effect& effect) {
  if (const auto* enqueue = std::get_if<EnqueueStep>(&effect)) {
    const Step step{enqueue->queue, enqueue->task, enqueue->arguments.json(), false};
    CHECK(steps.emplace(enqueue->wait, step).second);
  } else if (const auto* remove = std::get_if<RemoveStep>(&effect)) {
    CHECK(steps.erase(remove->wait) == 1);
  } else if (const auto* bury = std::get_if<BuryStep>(&effect)) {
    REQUIRE(steps.count(bury->wait) == 1);
    CHECK_FALSE(std::exchange(steps[bury->wait].dead, true));
  } else if (const auto* redrive = std::get_if<RedriveStep>(&effect)) {
    REQUIRE(steps.count(redrive->wait) == 1);
    CHECK(std::exchange(steps[redrive->wait].dead, false));
  } else if (const auto* arm = std::get_if<ArmTimer>(&effect)) {
    CHECK(timers.emplace(arm->wait, arm->due).second);
  } else if (const auto* disarm = std::get_if<DisarmTimer>(&effect)) {
    REQUIRE(timers.count(disarm->wait) == 1);
    CHECK(timers[disarm->wait] == disarm->due);
    timers.erase(disarm->wait);
  } else if (const auto* listen = std::get_if<Listen>(&effect)) {
    CHECK(listeners.emplace(listen->wait, listen->type).second);
  } else if (const auto* unlisten = std::get_if<Unlisten>(&effect)) {
    CHECK(listeners.erase({unlisten->wait, unlisten->type}) == 1);
  } else if (std::holds_alternative<KeepMessage>(effect)) {
    CHECK_FALSE(decision.stored);
    CHECK(mailbox.emplace(decision.message, event).second);
  } else if (const auto* put = std::get_if<PutMessage>(&effect)) {
    mailbox[put->sequence] = put->event;
  } else if (const auto* consume = std::get_if<ConsumeMessage>(&effect)) {
    CHECK(mailbox.erase(consume->sequence) == 1);
  } else if (const auto* child = std::get_if<StartChild>(&effect)) {
    CHECK(children.emplace(child->wait, *child).second);
  } else if (const auto* cancel = std::get_if<CancelChild>(&effect)) {
    cancelled_children.push_back(cancel->number);
  } else if (const auto* tell = std::get_if<TellParent>(&effect)) {
    parent_told.push_back(*tell);
  } else {
    published.push_back(std::get<PublishEvent>(effect).event);
  }
}

// The snapshot's lists are the fold of all effects; a live workflow waits for something; an ended
// one has nothing open.
void Driver::check() const {
  REQUIRE(snapshot_.steps.size() == steps.size());
  for (const auto& step : snapshot_.steps) {
    REQUIRE(steps.count(step.wait) == 1);
    CHECK(steps.at(step.wait).dead == step.dead);
  }
  REQUIRE(snapshot_.timers.size() == timers.size());
  for (const auto& timer : snapshot_.timers) CHECK(timers.count(timer.wait) == 1);
  REQUIRE(snapshot_.listeners.size() == listeners.size());
  for (const auto& each : snapshot_.listeners) CHECK(listeners.count({each.wait, each.type}) == 1);
  REQUIRE(snapshot_.mailbox.size() == mailbox.size());
  for (const auto& message : snapshot_.mailbox) CHECK(mailbox.count(message.sequence) == 1);

  for (const auto& child : snapshot_.children) {
    REQUIRE(children.count(child.wait) == 1);
    CHECK(children.at(child.wait).number == child.number);
  }
  const auto detached =
      static_cast<std::size_t>(std::count_if(snapshot_.steps.begin(), snapshot_.steps.end(),
                                             [](const OpenStep& step) { return step.detached; }));
  const bool open = steps.size() > detached || !timers.empty() || !listeners.empty() ||
                    !snapshot_.children.empty();
  if (is_ended(snapshot_.phase)) {
    CHECK_FALSE(open);
    CHECK(mailbox.empty());
    CHECK(snapshot_.branches.empty());
    return;
  }
  CHECK((open || snapshot_.phase == Phase::suspended));
  const bool works = std::any_of(snapshot_.steps.begin(), snapshot_.steps.end(),
                                 [](const OpenStep& step) { return !step.dead && !step.detached; });
  if (snapshot_.phase != Phase::suspended) {
    CHECK(snapshot_.phase == (works ? Phase::running : Phase::waiting));
    CHECK(snapshot_.cause.empty());
  } else {
    CHECK_FALSE(snapshot_.cause.empty());
  }
}

// -- what became of it --------------------------------------------------------

std::vector<std::string> Driver::told() const {
  constexpr std::string_view prefix = "io.serverlessworkflow.";
  std::vector<std::string> types;
  for (const auto& event : lifecycle) {
    auto type = event->at("type").get<std::string>();
    if (type.compare(0, prefix.size(), prefix) == 0) {
      type = type.substr(prefix.size(), type.size() - prefix.size() - 3);
      const auto task = event->at("data").find("task");
      if (task != event->at("data").end()) {
        type = type.substr(5) + " " + task->get<std::string>();
      }
    }
    types.push_back(std::move(type));
  }
  return types;
}

const Fault& Driver::fault() const {
  REQUIRE(snapshot_.fault.has_value());
  return *snapshot_.fault;
}

std::vector<std::string> Driver::tasks_of(Kind kind) const {
  std::vector<std::string> tasks;
  for (const auto& entry : history_) {
    if (entry.kind == kind) tasks.push_back(entry.task);
  }
  return tasks;
}

std::vector<std::string> Driver::details_of(Kind kind) const {
  std::vector<std::string> details;
  for (const auto& entry : history_) {
    if (entry.kind == kind) details.push_back(entry.detail);
  }
  return details;
}

}  // namespace endure::workflow::test
