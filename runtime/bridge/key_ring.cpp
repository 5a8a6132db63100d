#include "runtime/bridge/key_ring.hpp"

#include <utility>

namespace endure::bridge {

namespace {

constexpr std::int64_t look_again_ms = 500;

}  // namespace

Result<void> KeyRing::learn(const std::string& node) {
  if (!keys_) return {};
  auto found = keys_->public_keys.find(node);
  if (found == keys_->public_keys.end()) {
    auto key = read_further_key(*keys_, node);
    if (!key) return Failure(key.error());
    found = keys_->public_keys.emplace(node, *std::move(key)).first;
  }
  known_.insert(found->second);
  return {};
}

void KeyRing::look_for_more(std::int64_t now_ms) {
  if (!keys_ || now_ms < next_look_ms_) return;
  next_look_ms_ = now_ms + look_again_ms;
  for (auto& key : public_keys_in(keys_->folder)) known_.insert(std::move(key));
}

std::optional<std::string> KeyRing::of(const std::string& node) const {
  if (!keys_) return std::string();
  const auto found = keys_->public_keys.find(node);
  if (found == keys_->public_keys.end()) return std::nullopt;
  return found->second;
}

}  // namespace endure::bridge
