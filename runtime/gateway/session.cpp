#include "runtime/gateway/session.hpp"

#include <algorithm>
#include <unordered_set>

namespace endure::gateway {

Session::Queue* Session::queue(std::string_view name) {
  const auto it = std::find_if(queues_.begin(), queues_.end(),
                               [&](const Queue& queue) { return queue.name == name; });
  return it == queues_.end() ? nullptr : &*it;
}

Session::Queue& Session::add_queue(std::string name) {
  return queues_.emplace_back(Queue{std::move(name)});
}

std::uint32_t Session::set_credit(Queue& queue, std::uint32_t wanted) {
  queue.open -= std::exchange(queue.returned, 0);  // the engine does not know of these
  const std::uint64_t open = queue.open;
  queue.debt = open > wanted ? open - wanted : 0;
  queue.open = std::max<std::uint64_t>(open, wanted);
  return static_cast<std::uint32_t>(queue.open - open);
}

void Session::give_back(const std::string& name) {
  Queue* const found = queue(name);
  if (found == nullptr || draining || unreachable) return;
  if (found->debt > 0) {
    --found->debt;
    return;
  }
  if (found->open >= max_credit) return;
  ++found->open;
  ++found->returned;
}

std::uint32_t Session::take_returned(Queue& queue) const {
  const std::uint32_t returned = std::exchange(queue.returned, 0);
  if (!draining && !unreachable) return returned;
  queue.open -= returned;
  return 0;
}

void Session::spend(const std::string& name) {
  Queue* const found = queue(name);
  if (found != nullptr && found->open > 0) --found->open;
}

void Session::hold(std::string token, const actors::StepToken& step) {
  held_.insert_or_assign(std::move(token), step);
}

std::optional<actors::StepToken> Session::end(const std::string& token) {
  auto ended = held_.extract(token);
  if (ended.empty()) return std::nullopt;
  return std::move(ended.mapped());
}

std::vector<actors::StepToken> Session::forget_all_but(
    const std::vector<std::string_view>& tokens) {
  const std::unordered_set<std::string_view> known(tokens.begin(), tokens.end());
  std::vector<actors::StepToken> forgotten;
  for (auto it = held_.begin(); it != held_.end();) {
    if (known.contains(it->first)) {
      ++it;
    } else {
      forgotten.push_back(it->second);
      it = held_.erase(it);
    }
  }
  return forgotten;
}

}  // namespace endure::gateway
