// Rows of the store that cannot be read. Who walks over many rows notes such a row here, leaves it
// out and goes on, so that one damaged row never stops the others. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/ids.hpp"

namespace endure::persistence {

struct DamagedRow {
  std::string table;
  std::string key;  // for people; "table/key" is Error::where
  std::string what;
  WorkflowNumber workflow = 0;  // whose row it is; 0: nobody's, or nobody can say

  std::string place() const { return table + "/" + key; }
};

class DamageLog {
 public:
  using Found = std::function<void(const DamagedRow&)>;

  // The first note of a place is told; it is cheap to note one again.
  void note(DamagedRow row);
  // Is told of each row, those noted before at once. An empty function: nobody; no call is under
  // way when it returns. `found` must be quick and must not call this log.
  void tell(Found found);

  // Those noted and not forgotten, by place.
  std::vector<DamagedRow> rows() const;
  std::vector<DamagedRow> rows_of(WorkflowNumber workflow) const;
  std::uint64_t count() const { return count_; }
  // What belonged to the workflow is gone with it, or has been taken away.
  void forget(WorkflowNumber workflow);
  void forget(const std::string& place);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, DamagedRow> rows_;
  std::atomic<std::uint64_t> count_{0};
  std::mutex telling_;
  Found found_;
};

}  // namespace endure::persistence
