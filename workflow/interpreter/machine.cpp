#include "workflow/interpreter/machine.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "workflow/interpreter/implicit.hpp"
#include "workflow/interpreter/schema_check.hpp"
#include "workflow/interpreter/tasks.hpp"
#include "workflow/interpreter/text.hpp"

namespace endure::workflow::interpreter {
namespace {

using Kind = HistoryEntry::Kind;

}  // namespace

bool reads_input_later(const Task& task) {
  if (task.output_as || task.export_as || task.status_after) return true;
  if (const auto* loop = std::get_if<ForTask>(&task.body)) return loop->while_.has_value();
  return std::holds_alternative<TryTask>(task.body) ||
         std::holds_alternative<ExtendTask>(task.body) ||
         std::holds_alternative<WaitTask>(task.body) ||
         std::holds_alternative<SubscribeTask>(task.body) ||
         std::holds_alternative<ListenTask>(task.body);
}

Machine::Machine(const Definition& the_definition, const Decision& the_decision,
                 Expressions& expressions, Draft& the_draft)
    : definition(the_definition),
      decision(the_decision),
      draft(the_draft),
      evaluator(the_definition, the_draft.next, expressions, the_decision.secret_key) {
  for (const auto& branch : draft.next.branches) {
    next_branch_ = std::max(next_branch_, branch.id + 1);
  }
}

void Machine::run() {
  while (!moves_.empty() && !ended()) {
    auto [id, move] = std::move(moves_.front());
    moves_.pop_front();
    while (!std::holds_alternative<Blocked>(move) && !ended() && find_branch(id) != nullptr) {
      move = make(id, std::move(move));
    }
  }
  if (ended()) moves_.clear();
}

Move Machine::make(std::uint32_t id, Move move) {
  Branch& branch = *find_branch(id);
  if (auto* entering = std::get_if<Enter>(&move)) return enter(branch, std::move(*entering));
  if (auto* done = std::get_if<Done>(&move)) return complete(branch, std::move(*done));
  if (auto* passed = std::get_if<Passed>(&move)) return pass(branch, std::move(*passed));
  return raise(branch, std::move(std::get<Raised>(move).fault));
}

// -- one task -----------------------------------------------------------------

Move Machine::enter(Branch& branch, Enter enter) {
  if (++tasks_run_ > decision.max_tasks_per_transition) {
    fault_workflow(standard_fault(
        Standard::runtime,
        "More than " + std::to_string(decision.max_tasks_per_transition) +
            " tasks ran without waiting for anything: the definition loops without end. Let the "
            "loop wait, or end it by a condition.",
        definition.task(enter.task).pointer));
    return Blocked{};
  }
  const Task& task = definition.task(enter.task);
  const std::uint32_t id = branch.id;
  Frame frame;
  frame.task = enter.task;
  frame.started = draft.now;
  branch.frames.push_back(std::move(frame));

  auto runs = prepare(branch, enter.input);
  if (!runs) return Raised{std::move(runs).error()};
  if (!*runs) {
    draft.note(Kind::task_skipped, task.pointer);
    branch.frames.pop_back();
    return Passed{std::move(enter.input), Flow{}};
  }
  auto move = std::visit([&](const auto& body) { return begin(*this, branch, body); }, task.body);

  if (!std::holds_alternative<Done>(move) && !std::holds_alternative<Raised>(move) &&
      !reads_input_later(task)) {
    Frame& frame_again = find_branch(id)->frames.back();  // a fork may have moved the branches
    frame_again.input = Value();
    frame_again.raw_input = Value();
  }
  return move;
}

// `if`, input.from, timeout and status, in the language's order. False: the task is skipped.
Evaluated<bool> Machine::prepare(Branch& branch, const Value& raw_input) {
  Frame& frame = branch.frames.back();
  const Task& task = task_of(frame);
  Site at{&task, &branch, branch.frames.size(), frame.started, &raw_input};
  if (task.if_) {
    auto wanted = evaluator.condition(*task.if_, raw_input, at);
    if (!wanted) return tl::make_unexpected(std::move(wanted).error());
    if (!*wanted) return false;
  }
  auto fits = check_schema(task.schemas.input, raw_input, "input.schema", task.pointer);
  if (!fits) return tl::make_unexpected(std::move(fits).error());
  frame.input = raw_input;
  if (task.input_from) {
    frame.raw_input = raw_input;
    auto input = evaluator.render(*task.input_from, raw_input, at);
    if (!input) return tl::make_unexpected(std::move(input).error());
    frame.input = *std::move(input);
  }
  at.input = &frame.input;
  if (task.timeout) {
    const auto ms = evaluator.duration_ms(*task.timeout, frame.input, at);
    if (!ms) return tl::make_unexpected(ms.error());
    frame.timeout = draft.new_wait();
    draft.arm(frame.timeout, draft.now + *ms);
  }
  if (!is_implicit(definition, task)) draft.note(Kind::task_started, task.pointer);
  if (task.status) {
    auto set = set_status(*task.status, frame.input, at);
    if (!set) return tl::make_unexpected(std::move(set).error());
  }
  return true;
}

Move Machine::complete(Branch& branch, Done done) {
  auto concluded = conclude(branch, done.output);
  if (!concluded) return Raised{std::move(concluded).error()};

  const Task& task = top_task(branch);
  if (!is_implicit(definition, task)) draft.note(Kind::task_completed, task.pointer);
  draft.disarm(branch.frames.back().timeout);
  branch.frames.pop_back();
  Passed passed{std::move(done.output), done.then.value_or(task.then)};
  if (!is_extended(definition, task)) return passed;
  // Its way leads on from the extended task, not from within.
  return after_child(*this, branch, std::get<ExtendTask>(top_task(branch).body), std::move(passed));
}

// output.as, export.as, their schemas and the status after: from the raw output to the transformed
// one. A context that does not fit its schema does not become the context.
Evaluated<void> Machine::conclude(Branch& branch, Value& output) {
  const Task& task = top_task(branch);
  const auto& schemas = task.schemas;
  if (!task.output_as && !task.export_as && !task.status_after && !schemas.output &&
      !schemas.exported) {
    return {};
  }
  const Value raw_output = output;
  Site at = top_site(branch);
  at.raw_output = &raw_output;
  if (task.output_as) {
    auto transformed = evaluator.render(*task.output_as, raw_output, at);
    if (!transformed) return tl::make_unexpected(std::move(transformed).error());
    output = *std::move(transformed);
  }
  at.output = &output;
  if (auto fits = check_schema(schemas.output, output, "output.schema", task.pointer); !fits) {
    return fits;
  }
  Value context = draft.next.context;
  if (task.export_as) {
    auto exported = evaluator.render(*task.export_as, output, at);
    if (!exported) return tl::make_unexpected(std::move(exported).error());
    context = *std::move(exported);
  }
  if (auto fits = check_schema(schemas.exported, context, "export.schema", task.pointer); !fits) {
    return fits;
  }
  draft.next.context = std::move(context);
  if (task.status_after) return set_status(*task.status_after, output, at);
  return {};
}

Evaluated<void> Machine::set_status(const Template& status, const Value& dot, const Site& at) {
  auto value = evaluator.render(status, dot, at);
  if (!value) return tl::make_unexpected(std::move(value).error());
  if (value->is_null()) return {};
  std::string text = to_text(value->json());
  if (text == draft.next.status) return {};
  draft.note(Kind::status_changed, at.task->pointer, text);
  draft.next.status = std::move(text);
  return {};
}

Move Machine::pass(Branch& branch, Passed passed) {
  if (passed.then.kind == Flow::Kind::end || (branch.frames.empty() && branch.id == 0)) {
    complete_workflow(passed.output);
    return Blocked{};
  }
  if (branch.frames.empty()) {
    after_branch(*this, branch.id, passed.output);
    return Blocked{};
  }
  const auto& body = top_task(branch).body;
  if (const auto* list = std::get_if<DoTask>(&body)) {
    return after_child(*this, branch, *list, std::move(passed));
  }
  if (const auto* loop = std::get_if<ForTask>(&body)) {
    return after_child(*this, branch, *loop, std::move(passed));
  }
  if (const auto* subscription = std::get_if<SubscribeTask>(&body)) {
    return after_child(*this, branch, *subscription, std::move(passed));
  }
  if (const auto* extended = std::get_if<ExtendTask>(&body)) {
    return after_child(*this, branch, *extended, std::move(passed));
  }
  if (const auto* listen = std::get_if<ListenTask>(&body)) {
    return after_child(*this, branch, *listen, std::move(passed));
  }
  const auto* attempt = std::get_if<TryTask>(&body);
  ENDURE_ASSERT(attempt != nullptr);
  return after_child(*this, branch, *attempt, std::move(passed));
}

Move Machine::raise(Branch& branch, Fault fault) {
  const Task& task = top_task(branch);
  if (fault.instance.empty()) fault.instance = task.pointer;
  draft.note(Kind::task_faulted, task.pointer, describe(fault), to_json(fault));
  const auto catcher = find_catcher(*this, branch, branch.frames.size() - 1, fault);
  if (catcher) {
    handle(*this, *catcher, fault);
  } else {
    fault_workflow(std::move(fault));
  }
  return Blocked{};
}

void Machine::time_out(Branch& branch, std::size_t index) {
  unwind(branch, index + 1);
  Frame& frame = branch.frames.back();
  frame.timeout = 0;
  push(branch.id,
       Raised{standard_fault(Standard::timeout, "The task did not end within its timeout" +
                                                    constant_ms(task_of(frame).timeout) + ".")});
}

}  // namespace endure::workflow::interpreter
