// Who belongs to a cluster, and under which number (docs/decisions/025). Pure; any thread.
//
// The nodes of the birth have the numbers 0, 1, … in order of their names; each that is added gets
// the next one. Numbers stand in workflow numbers, sequences and channels, so that one is never
// changed and never given again: who is gone keeps its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace endure {

struct Member {
  std::string node;
  std::string address;  // of its bridge; empty: only configurations say
  std::uint32_t number = 0;
  bool gone = false;

  bool operator==(const Member&) const = default;
};

struct MemberList {
  std::uint64_t version = 0;  // counts the changes since the birth
  std::vector<Member> all;    // by number

  const Member* find(std::string_view node) const;  // also one that is gone
  const Member* numbered(std::uint32_t number) const;
  bool has(std::string_view node) const;  // and it is not gone
  // The one that decides who belongs to the cluster: that of the lowest number; null: none is left.
  const Member* decider() const;

  bool operator==(const MemberList&) const = default;
};

// Version 0. `nodes` in order of their names.
MemberList born_with(const std::vector<std::string>& nodes);

// The list with one more node, one version later; unchanged where it stands there with this
// address. Code::conflict: with another one, or it is gone; Code::full: there is no number left.
Result<MemberList> with_member(MemberList list, const std::string& node,
                               const std::string& address);
// The list in which it is gone; unchanged where it is. Code::not_found; Code::conflict: the last
// one cannot go.
Result<MemberList> without_member(MemberList list, const std::string& node);

// Whether `next` may take the place of `now`: later, with every node that `now` has under its
// number, and none that was gone back again. Code::conflict: it is not later; Code::invalid says
// what does not fit.
Result<void> check_successor(const MemberList& now, const MemberList& next);

}  // namespace endure
