// Tasks that run around other tasks: `use.extensions`.
#pragma once

#include <string>

#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

// Reads what each extension extends and when. Before the tasks.
void declare_extensions(Context& context, Fields& use);

// Reads the tasks of the extensions. After the definition's own tasks.
void read_extensions(Context& context);

// Puts the extensions of `kind` around the task that has just been read as `id`: the task becomes
// a new one inside of it.
void extend_task(Context& context, TaskId id, const std::string& kind);

}  // namespace endure::workflow::parse
