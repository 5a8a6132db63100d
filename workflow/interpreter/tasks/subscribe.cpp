// A subscription of call asyncapi: steps that each fetch the next messages, one after the other.
//
// frame.data: {deadline, cursor, queue, output, closed}. Messages that passed the filter wait in
// `queue`, first in first out, until those before them are handled; `output` is what was made of
// the ones that are. frame.position counts them.
#include "workflow/interpreter/endpoint.hpp"
#include "workflow/interpreter/schema_check.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

const std::string& item_name(const SubscribeTask& task) {
  static const std::string name = "item";
  return task.each ? task.each->item : name;
}

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

// One message is through: `output` is what its tasks made of it. What goes into the task's output
// is the message itself, unless `foreach.output.as` says otherwise.
Evaluated<void> conclude(Machine& machine, Branch& branch, const SubscribeTask& task,
                         Value output) {
  Value handled(branch.frames.back().variables->at(item_name(task)));
  if (task.each) {
    const std::string& at = machine.top_task(branch).pointer;
    if (task.each->output_as) {
      auto made = machine.evaluator.render(*task.each->output_as, output, machine.top_site(branch));
      if (!made) return tl::make_unexpected(std::move(made).error());
      output = handled = *std::move(made);
    }
    const auto& schemas = task.each->schemas;
    auto fits = check_schema(schemas.output, output, "foreach.output.schema", at);
    if (!fits) return fits;
    if (task.each->export_as) {
      auto context =
          machine.evaluator.render(*task.each->export_as, output, machine.top_site(branch));
      if (!context) return tl::make_unexpected(std::move(context).error());
      fits = check_schema(schemas.exported, *context, "foreach.export.schema", at);
      if (!fits) return fits;
      machine.draft.next.context = *std::move(context);
    }
  }
  Frame& frame = branch.frames.back();
  Json data = frame.data.json();
  data["output"].push_back(handled.json());
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
  frame.variables =
      Json{{item_name(task), message}, {task.each ? task.each->at : "index", frame.position}};
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
    if (task.each && task.each->body) return Enter{*task.each->body, std::move(message)};
    auto concluded = conclude(machine, branch, task, std::move(message));
    if (!concluded) return Raised{std::move(concluded).error()};
  }
}

Evaluated<Json> deadline_of(const Machine& machine, const Branch& branch,
                            const SubscribeTask& task) {
  if (!task.for_) return Json();
  const auto ms = machine.evaluator.duration_ms(*task.for_, branch.frames.back().input,
                                                machine.top_site(branch));
  if (!ms) return tl::make_unexpected(ms.error());
  return Json(machine.draft.now.ms + *ms);
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
