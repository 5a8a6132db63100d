// The two sides of a channel between nodes, without network and without store: what may be sent,
// and what is taken. Messages are numbered from 1. Pure; tests/unit/runtime/cluster explores every
// interleaving of them with losses, repetitions and crashes.
//
// The sender's rows stand in its store until the receiver has said that it has them; the receiver's
// count stands in its store in the same commit as what it took. Whatever else is lost is asked for
// or sent again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace endure::cluster {

// The sending side: one batch is under way at a time.
class ChannelOut {
 public:
  // From the store: the last that the other side has, the last that was written.
  ChannelOut(std::uint64_t acked, std::uint64_t sent) : acked_(acked), sent_(sent) {}

  void grown(std::uint64_t sent) { sent_ = std::max(sent_, sent); }
  // The messages after this one may be sent now.
  std::optional<std::uint64_t> next() const {
    if (under_way_ || acked_ >= sent_) return std::nullopt;
    return acked_;
  }
  void on_sent() { under_way_ = true; }
  // The other side has all up to `taken`; those may go once this is so. True: there is progress.
  bool on_answer(std::uint64_t taken) {
    under_way_ = false;
    const bool moved = taken > acked_ && taken <= sent_;
    if (moved) acked_ = taken;
    return moved;
  }
  void on_lost() { under_way_ = false; }

  // The store knows of more that the other side has than this: the shard was away meanwhile.
  void catch_up(std::uint64_t acked) {
    if (!under_way_) acked_ = std::max(acked_, acked);
  }
  bool is_under_way() const { return under_way_; }

  std::uint64_t acked() const { return acked_; }
  std::uint64_t waiting() const { return sent_ - acked_; }

 private:
  std::uint64_t acked_;
  std::uint64_t sent_;
  bool under_way_ = false;
};

// The receiving side: one commit is under way at a time.
class ChannelIn {
 public:
  // From the store: the last that was taken.
  explicit ChannelIn(std::uint64_t taken) : taken_(taken) {}

  // `count` messages after `after` have come. How many of the first of them are known already;
  // the others are to be committed, and then committed() or failed() must follow. Nothing where
  // none is to be committed: known all, with a gap before them, or while others are.
  std::optional<std::uint64_t> offer(std::uint64_t after, std::uint64_t count) {
    if (under_way_ || after > taken_ || after + count <= taken_) return std::nullopt;
    under_way_ = true;
    return taken_ - after;
  }
  void committed(std::uint64_t count) {
    taken_ += count;
    under_way_ = false;
  }
  void failed() { under_way_ = false; }
  bool is_under_way() const { return under_way_; }

  std::uint64_t taken() const { return taken_; }  // durably

 private:
  std::uint64_t taken_;
  bool under_way_ = false;
};

}  // namespace endure::cluster
