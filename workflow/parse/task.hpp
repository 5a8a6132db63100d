// Tasks: what they share, and the table of their kinds. A new kind is one function, declared here,
// and one line of the table in task.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workflow/parse/context.hpp"
#include "workflow/parse/fields.hpp"

namespace endure::workflow::parse {

// A task whose common members have been read; the kind's own are still to take.
struct TaskSource {
  TaskId id;
  Fields& fields;
  std::optional<Node> metadata;
};

// Reads one task that has been reserved under `id`.
void parse_task(Context& context, TaskId id, const Node& node);

enum class ListKind : std::uint8_t { sequence, branches };

// Reads a list of named tasks. Items that cannot be read are left out, with a problem each.
std::vector<TaskId> parse_task_list(Context& context, TaskId parent, const Node& list,
                                    ListKind kind = ListKind::sequence);

// A list that stands where one task is needed (the body of a loop): an implicit `do`.
TaskId parse_body(Context& context, TaskId parent, const Node& list);

// -- kinds --------------------------------------------------------------------

TaskBody parse_call(Context& context, TaskSource& task);
TaskBody parse_do(Context& context, TaskSource& task);
TaskBody parse_emit(Context& context, TaskSource& task);
TaskBody parse_for(Context& context, TaskSource& task);
TaskBody parse_fork(Context& context, TaskSource& task);
TaskBody parse_listen(Context& context, TaskSource& task);
TaskBody parse_raise(Context& context, TaskSource& task);
TaskBody parse_run(Context& context, TaskSource& task);
TaskBody parse_set(Context& context, TaskSource& task);
TaskBody parse_switch(Context& context, TaskSource& task);
TaskBody parse_try(Context& context, TaskSource& task);
TaskBody parse_wait(Context& context, TaskSource& task);

// `foreach` of `listen` and of a subscription.
ListenTask::Each read_each(Context& context, TaskId task, const Node& node);

// The body of `call: http`.
CallHttpTask parse_call_http(Context& context, const std::optional<Node>& with,
                             const std::string& task_pointer);

}  // namespace endure::workflow::parse
