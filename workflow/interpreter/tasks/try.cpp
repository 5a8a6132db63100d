// try: catches what its body raises, tries again, or runs its catch body.
#include "workflow/interpreter/retry.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

enum Position : std::uint32_t { in_body = 0, in_catch = 1, between_attempts = 2 };

struct Verdict {
  bool caught = false;
  std::optional<std::int64_t> retry_delay_ms;
};

// errors.with: every attribute that it names must be that of the fault.
bool passes_filter(const Json& with, const Fault& fault) {
  if (!with.is_object() || with.empty()) return true;
  const Json error = to_json(fault);
  for (const auto& [name, wanted] : with.items()) {
    if (name == "type" && wanted.is_string()) {
      if (!same_error_type(wanted.get_ref<const std::string&>(), fault.type)) return false;
    } else if (error.value(name == "details" ? "detail" : name, Json()) != wanted) {
      return false;
    }
  }
  return true;
}

// Both conditions as the language pairs them: `when` must hold and `exceptWhen` must not.
Evaluated<bool> holds(const Machine& machine, const std::optional<Expression>& when,
                      const std::optional<Expression>& except_when, const Value& dot,
                      const Site& site) {
  if (when) {
    auto wanted = machine.evaluator.condition(*when, dot, site);
    if (!wanted || !*wanted) return wanted;
  }
  if (except_when) {
    auto unwanted = machine.evaluator.condition(*except_when, dot, site);
    if (!unwanted) return unwanted;
    return !*unwanted;
  }
  return true;
}

Evaluated<Verdict> judge(const Machine& machine, const Branch& branch, std::size_t index,
                         const Fault& fault) {
  const Frame& frame = branch.frames[index];
  const auto& caught = std::get<TryTask>(machine.task_of(frame).body).catch_;
  if (!passes_filter(caught.with, fault)) return Verdict{};

  const std::pair<std::string, Value> error{caught.as, to_json(fault)};
  Site site = machine.site(branch, index);
  site.extra = &error;
  auto wanted = holds(machine, caught.when, caught.except_when, frame.input, site);
  if (!wanted) return tl::make_unexpected(std::move(wanted).error());
  if (!*wanted) return Verdict{};
  if (!caught.retry) return Verdict{true, {}};

  auto again = holds(machine, caught.retry->when, caught.retry->except_when, frame.input, site);
  if (!again) return tl::make_unexpected(std::move(again).error());
  Verdict verdict{true, {}};
  if (*again) {
    const auto& next = machine.draft.next;
    const auto times = retry_times(*caught.retry, machine.evaluator, frame.input, site);
    if (!times) return tl::make_unexpected(times.error());
    verdict.retry_delay_ms =
        retry_delay_ms(*times, frame.attempts, machine.draft.now - frame.started,
                       mix(next.number, next.next_wait));
  }
  // Out of retries with nothing else to do about it: the error goes on outwards.
  if (!verdict.retry_delay_ms && !caught.body) verdict.caught = false;
  return verdict;
}

}  // namespace

Move begin(Machine&, Branch& branch, const TryTask& task) {
  return Enter{task.body, branch.frames.back().input};
}

Move after_child(Machine&, Branch& branch, const TryTask& task, Passed passed) {
  std::optional<Flow> then;
  if (branch.frames.back().position == in_catch) then = task.catch_.then;
  return Done{std::move(passed.output), then};
}

Move after_wait(Machine&, Branch& branch, const TryTask& task) {
  Frame& frame = branch.frames.back();
  frame.position = in_body;
  return Enter{task.body, frame.input};
}

std::optional<Catcher> find_catcher(const Machine& machine, const Branch& branch, std::size_t below,
                                    Fault& fault) {
  for (std::size_t i = below; i-- > 0;) {
    const Frame& frame = branch.frames[i];
    if (!std::holds_alternative<TryTask>(machine.task_of(frame).body)) continue;
    if (frame.position != in_body) continue;
    auto verdict = judge(machine, branch, i, fault);
    if (!verdict) {
      fault = std::move(verdict).error();
    } else if (verdict->caught) {
      return Catcher{branch.id, i, verdict->retry_delay_ms};
    }
  }
  if (branch.id == 0) return std::nullopt;
  const Branch& parent = *machine.find_branch(branch.parent);
  return find_catcher(machine, parent, parent.frames.size(), fault);
}

void handle(Machine& machine, const Catcher& catcher, const Fault& fault) {
  Branch& branch = *machine.find_branch(catcher.branch);
  machine.unwind(branch, catcher.frame + 1);
  Frame& frame = branch.frames.back();
  const Task& task = machine.task_of(frame);
  const auto& attempt = std::get<TryTask>(task.body);

  if (!catcher.retry_delay_ms) {
    frame.position = in_catch;
    frame.variables = Json{{attempt.catch_.as, to_json(fault)}};
    if (attempt.catch_.body) {
      machine.push(branch.id, Enter{*attempt.catch_.body, frame.input});
    } else {
      machine.push(branch.id, Passed{frame.input, Flow{}});
    }
    return;
  }
  ++frame.attempts;
  const auto delay_ms = *catcher.retry_delay_ms;
  machine.draft.note(
      HistoryEntry::Kind::task_retried, task.pointer,
      "retry " + std::to_string(frame.attempts) + " in " + std::to_string(delay_ms) + " ms");
  if (delay_ms == 0) {
    machine.push(branch.id, Enter{attempt.body, frame.input});
    return;
  }
  frame.position = between_attempts;
  branch.wait = machine.draft.new_wait();
  machine.draft.arm(branch.wait, machine.draft.now + delay_ms);
}

}  // namespace endure::workflow::interpreter
