#include "runtime/worker_queue.hpp"

#include <string>

#include "base/ids.hpp"

namespace endure {

Result<void> check_worker_queue(std::string_view text) {
  if (auto checked = check_queue(text); !checked) return checked;
  if (text.starts_with("endure.")) {
    return fail(Code::invalid,
                "the queue '" + std::string(text) +
                    "' is the node's own: names that begin with 'endure.' are not for workers",
                "queue");
  }
  return {};
}

}  // namespace endure
