// An extended task: the extensions that apply run before it and, in the opposite order, after it.
// They pass the data by: what they give is dropped. `exit` in the tasks before leaves the extended
// task out, and what was given there is its output.
#include <algorithm>

#include "workflow/interpreter/extension.hpp"
#include "workflow/interpreter/tasks.hpp"

namespace endure::workflow::interpreter {
namespace {

// While it is under way, the frame's data is {"applied": [extension, …]}, and once the task itself
// has run also {"output", "then": [kind, task]}. Its position counts what is done of: before each,
// the task, after each.
const Json& applied(const Frame& frame) {
  return frame.data->at("applied");
}

const Extension& extension_at(const Machine& machine, const Frame& frame, std::size_t index) {
  return machine.definition.extensions.at(applied(frame).at(index).get<std::size_t>());
}

std::optional<Flow> flow_of(const Frame& frame) {
  const auto then = frame.data->find("then");
  if (then == frame.data->end()) return std::nullopt;
  return Flow{static_cast<Flow::Kind>(then->at(0).get<int>()), then->at(1).get<TaskId>()};
}

// From the frame's position on: the next task, or the end.
Move go_on(Machine& machine, Branch& branch, const ExtendTask& task) {
  Frame& frame = branch.frames.back();
  const auto count = applied(frame).size();
  for (; frame.position < count; ++frame.position) {
    const auto& extension = extension_at(machine, frame, frame.position);
    if (extension.before) return Enter{*extension.before, frame.input};
  }
  if (frame.position == count) return Enter{task.inner, frame.input};
  const Value output = frame.data->at("output");
  for (; frame.position <= 2 * count; ++frame.position) {
    const auto& extension = extension_at(machine, frame, 2 * count - frame.position);
    if (extension.after) return Enter{*extension.after, output};
  }
  return Done{output, flow_of(frame)};
}

}  // namespace

ExtensionPhase extension_phase(const Frame& frame) {
  if (!frame.data->is_object()) return ExtensionPhase::deciding;
  const auto count = applied(frame).size();
  if (frame.position < count) return ExtensionPhase::before;
  return frame.position == count ? ExtensionPhase::inner : ExtensionPhase::after;
}

const Json* extended_output(const Frame& frame) {
  if (!frame.data->is_object()) return nullptr;
  const auto found = frame.data->find("output");
  return found == frame.data->end() ? nullptr : &*found;
}

Extended find_extended(const Definition& definition, const Snapshot& snapshot, const Branch& branch,
                       std::size_t frames) {
  for (std::size_t i = std::min(frames, branch.frames.size()); i-- > 0;) {
    const Task& task = definition.task(branch.frames[i].task);
    if (std::holds_alternative<ExtendTask>(task.body)) return {&branch.frames[i], &task};
  }
  if (branch.id == 0) return {};
  for (const auto& parent : snapshot.branches) {
    if (parent.id == branch.parent) {
      return find_extended(definition, snapshot, parent, parent.frames.size());
    }
  }
  return {};
}

Move begin(Machine& machine, Branch& branch, const ExtendTask& task) {
  Frame& frame = branch.frames.back();
  Site site = machine.top_site(branch);
  site.in_extension = true;
  Json chosen = Json::array();
  for (const auto index : task.extensions) {
    const auto& extension = machine.definition.extensions.at(index);
    if (extension.when) {
      auto wanted = machine.evaluator.condition(*extension.when, frame.input, site);
      if (!wanted) {
        wanted.error().detail =
            "`when` of the extension " + extension.name + ": " + wanted.error().detail;
        return Raised{std::move(wanted).error()};
      }
      if (!*wanted) continue;
    }
    chosen.push_back(index);
  }
  frame.data = Json{{"applied", std::move(chosen)}};
  return go_on(machine, branch, task);
}

Move after_child(Machine& machine, Branch& branch, const ExtendTask& task, Passed passed) {
  Frame& frame = branch.frames.back();
  const auto count = applied(frame).size();
  Json data = frame.data.json();
  if (frame.position < count && passed.then.kind == Flow::Kind::exit) {
    // The task and what stands further inside are left out, this extension's own end too.
    data["output"] = passed.output.json();
    frame.position = static_cast<std::uint32_t>(2 * count - frame.position + 1);
  } else {
    if (frame.position == count) {
      data["output"] = passed.output.json();
      data["then"] = {static_cast<int>(passed.then.kind), passed.then.task};
    }
    ++frame.position;
  }
  frame.data = Value(std::move(data));
  return go_on(machine, branch, task);
}

}  // namespace endure::workflow::interpreter
