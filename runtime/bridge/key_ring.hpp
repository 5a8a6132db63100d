// The keys that a running bridge knows: its own, and those of other nodes, which may come while it
// runs. The bridge's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "runtime/bridge/keys.hpp"

namespace endure::bridge {

class KeyRing {
 public:
  // Without keys everything is plain, and every node is known by the empty one.
  explicit KeyRing(std::optional<Keys> keys) : keys_(std::move(keys)) {
    if (keys_) known_.insert(keys_->own.public_key);
  }

  bool secured() const { return keys_.has_value(); }
  const KeyPair* own() const { return keys_ ? &keys_->own : nullptr; }

  // From now on the node is known by its key, which is read where it was not. As
  // read_further_key().
  Result<void> learn(const std::string& node);
  // Nothing where it is not known.
  std::optional<std::string> of(const std::string& node) const;
  // Those that may connect: one's own, and all of the folder, which is looked at for an unknown
  // one, though not too often. Who is let in is the greeting's affair.
  const std::set<std::string>& known() const { return known_; }
  void look_for_more(std::int64_t now_ms);

 private:
  std::optional<Keys> keys_;
  std::set<std::string> known_;
  std::int64_t next_look_ms_ = INT64_MIN;
};

}  // namespace endure::bridge
