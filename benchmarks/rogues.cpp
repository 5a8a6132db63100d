#include "benchmarks/rogues.hpp"

#include <utility>

namespace endure::benchmarks {

using workflow::Json;

Rogues::Rogues(NativeNode& node, std::string expression)
    : node_(node), expression_(std::move(expression)) {}

Result<void> Rogues::begin() {
  if (expression_.empty()) return {};
  const Json document{
      {"document",
       {{"dsl", "1.0.3"}, {"namespace", "bench"}, {"name", "rogue"}, {"version", "1.0.0"}}},
      {"do", {{{"burn", {{"set", {{"x", "${ " + expression_ + " }"}}}}}}}}};
  if (auto deployed = node_.deploy(document.dump()); !deployed) return deployed;
  start_next();
  return {};
}

std::uint64_t Rogues::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait(lock, [this] { return !under_way_; });
  return faulted_;
}

void Rogues::start_next() {
  WorkflowName name{"bench", ""};
  {
    const std::lock_guard lock(mutex_);
    under_way_ = !stopping_;
    if (stopping_) return idle_.notify_all();
    name.id = "rogue-" + std::to_string(started_++);
  }
  node_.engine().start(
      {std::move(name), "rogue", std::nullopt, Json::object(), actors::OnConflict::reject},
      [this](const Result<actors::StartReceipt>& receipt) {
        {
          const std::lock_guard lock(mutex_);
          if (receipt && receipt->workflow.phase == workflow::Phase::faulted) {
            ++faulted_;
          }
        }
        start_next();
      });
}

}  // namespace endure::benchmarks
