#include "workflow/parse/duration.hpp"
#include "workflow/parse/task.hpp"

namespace endure::workflow::parse {

TaskBody parse_wait(Context& context, TaskSource& task) {
  auto read = read_duration(context, task.fields.node().member("wait"));
  return WaitTask{read ? *std::move(read) : Duration{}};
}

}  // namespace endure::workflow::parse
