// A subscription of call asyncapi: steps that each fetch the next messages, one after the other.
//
// frame.data: {deadline, cursor, queue, output, closed}. Messages that passed the filter wait in
// `queue`, first in first out, until those before them are handled; `output` is what was made of
// the ones that are. frame.position counts them.
#include "workflow/interpreter/endpoint.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

Move fetch(Machine& machine, Branch& branch, const SubscribeTask& task) {
  auto arguments = render_call(machine, branch, task.call);
  if (!arguments) return Raised{std::move(arguments).error()};
  const Frame& frame = branch.frames.back();
  Json subscription{{"cursor", frame.data->at("cursor")}, {"deadline", frame.data->at("deadline")}};
  if (task.amount) subscription["amount"] = *task.amount - frame.position;
  (*arguments)["subscription"] = std::move(subscription);
  branch.wait = machine.draft.new_wait();
  machine.draft.open_step({branch.wait, task.call.queue, machine.top_task(branch).pointer,
                           StepPolicy{}, Value(*std::move(arguments))});
  return Blocked{};
}

// Whether another message is wanted, once those of `output` are handled.
Evaluated<bool> goes_on(const Machine& machine, const Branch& branch, const SubscribeTask& task) {
  const Frame& frame = branch.frames.back();
  if (task.amount && frame.position >= *task.amount) return false;
  const Value handled(frame.data->at("output"));
  const Site site = machine.top_site(branch);
  if (task.while_) return machine.evaluator.condition(*task.while_, handled, site);
  if (task.until && frame.position > 0) {
    auto enough = machine.evaluator.condition(*task.until, handled, site);
    if (!enough) return tl::make_unexpected(std::move(enough).error());
    return !*enough;
  }
  return true;
}

// One message is through: `output` is what its tasks made of it.
Evaluated<void> conclude(Machine& machine, Branch& branch, const SubscribeTask& task,
                         Value output) {
  const Value raw = output;
  Site site = machine.top_site(branch);
  site.raw_output = &raw;
  if (task.output_as) {
    auto transformed = machine.evaluator.render(*task.output_as, raw, site);
    if (!transformed) return tl::make_unexpected(std::move(transformed).error());
    output = *std::move(transformed);
  }
  site.output = &output;
  if (task.export_as) {
    auto context = machine.evaluator.render(*task.export_as, output, site);
    if (!context) return tl::make_unexpected(std::move(context).error());
    machine.draft.next.context = *std::move(context);
  }
  Frame& frame = branch.frames.back();
  Json data = frame.data.json();
  data["output"].push_back(output.json());
  frame.data = std::move(data);
  ++frame.position;
  return {};
}

// Takes the first message from the queue into the variables of the frame.
Value take_message(Frame& frame, const SubscribeTask& task) {
  Json data = frame.data.json();
  Json message = std::move(data["queue"].front());
  data["queue"].erase(0);
  frame.data = std::move(data);
  frame.variables = Json{{task.item, message}, {task.at, frame.position}};
  return message;
}

Move next_message(Machine& machine, Branch& branch, const SubscribeTask& task) {
  while (true) {
    auto more = goes_on(machine, branch, task);
    if (!more) return Raised{std::move(more).error()};
    Frame& frame = branch.frames.back();
    const Json& data = frame.data.json();
    if (*more && data.at("queue").empty()) {
      const Json& deadline = data.at("deadline");
      const bool over =
          deadline.is_number() && machine.draft.now.ms >= deadline.get<std::int64_t>();
      if (!over && !data.at("closed").get<bool>()) return fetch(machine, branch, task);
      *more = false;
    }
    if (!*more) return Done{Value(data.at("output")), {}};
    Value message = take_message(frame, task);
    if (task.body) return Enter{*task.body, std::move(message)};
    auto concluded = conclude(machine, branch, task, std::move(message));
    if (!concluded) return Raised{std::move(concluded).error()};
  }
}

Evaluated<Json> deadline_of(const Machine& machine, const Branch& branch,
                            const SubscribeTask& task) {
  if (std::holds_alternative<std::monostate>(task.for_)) return Json();
  std::int64_t ms = 0;
  if (const auto* constant = std::get_if<std::int64_t>(&task.for_)) {
    ms = *constant;
  } else {
    const auto rendered =
        machine.evaluator.duration_ms(Duration{std::get<Template>(task.for_)},
                                      branch.frames.back().input, machine.top_site(branch));
    if (!rendered) return tl::make_unexpected(rendered.error());
    ms = *rendered;
  }
  return Json(machine.draft.now.ms + ms);
}

}  // namespace

Move begin(Machine& machine, Branch& branch, const SubscribeTask& task) {
  auto deadline = deadline_of(machine, branch, task);
  if (!deadline) return Raised{std::move(deadline).error()};
  branch.frames.back().data = Json{{"deadline", *std::move(deadline)},
                                   {"cursor", nullptr},
                                   {"queue", Json::array()},
                                   {"output", Json::array()},
                                   {"closed", false}};
  return next_message(machine, branch, task);
}

Move after_step(Machine& machine, Branch& branch, const SubscribeTask& task, const Value& result) {
  Frame& frame = branch.frames.back();
  Json data = frame.data.json();
  data["cursor"] = result->is_object() ? result->value("cursor", Json()) : Json();
  data["closed"] = result->is_object() && result->value("closed", false);
  const Json messages = result->is_object() ? result->value("messages", Json()) : Json();
  for (const auto& message : messages.is_array() ? messages : Json::array()) {
    if (task.filter) {
      auto wanted = machine.evaluator.condition(*task.filter, message, machine.top_site(branch));
      if (!wanted) return Raised{std::move(wanted).error()};
      if (!*wanted) continue;
    }
    data["queue"].push_back(message);
  }
  frame.data = std::move(data);
  return next_message(machine, branch, task);
}

Move after_child(Machine& machine, Branch& branch, const SubscribeTask& task, Passed passed) {
  auto concluded = conclude(machine, branch, task, std::move(passed.output));
  if (!concluded) return Raised{std::move(concluded).error()};
  return next_message(machine, branch, task);
}

}  // namespace endure::workflow::interpreter
