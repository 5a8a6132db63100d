#include "persistence/damage.hpp"

#include <utility>

namespace endure::persistence {

void DamageLog::note(DamagedRow row) {
  {
    const std::lock_guard lock(mutex_);
    if (!rows_.try_emplace(row.place(), row).second) return;
    count_ = rows_.size();
  }
  const std::lock_guard lock(telling_);
  if (found_) found_(row);
}

void DamageLog::tell(Found found) {
  const std::lock_guard lock(telling_);
  found_ = std::move(found);
  if (!found_) return;
  for (const DamagedRow& row : rows()) found_(row);
}

std::vector<DamagedRow> DamageLog::rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<DamagedRow> rows;
  for (const auto& [place, row] : rows_) rows.push_back(row);
  return rows;
}

std::vector<DamagedRow> DamageLog::rows_of(WorkflowNumber workflow) const {
  std::vector<DamagedRow> rows;
  if (count_ == 0) return rows;
  const std::lock_guard lock(mutex_);
  for (const auto& [place, row] : rows_) {
    if (row.workflow == workflow) rows.push_back(row);
  }
  return rows;
}

void DamageLog::forget(WorkflowNumber workflow) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(rows_, [workflow](const auto& entry) { return entry.second.workflow == workflow; });
  count_ = rows_.size();
}

void DamageLog::forget(const std::string& place) {
  if (count_ == 0) return;
  const std::lock_guard lock(mutex_);
  rows_.erase(place);
  count_ = rows_.size();
}

}  // namespace endure::persistence
