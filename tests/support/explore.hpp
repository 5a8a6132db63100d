// Goes through every state of a small world, and says from which of them no end can be reached.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <vector>

namespace endure::testing {

template <class World>
struct Explored {
  std::vector<World> worlds;
  std::vector<std::vector<std::size_t>> back;  // who leads to each
};

// `key_of(world)` tells states apart; `check(world)` is called once for each; `steps(world)` gives
// all that can come next.
template <class World, class KeyOf, class Check, class Steps>
Explored<World> explore(const World& first, KeyOf key_of, Check check, Steps steps) {
  Explored<World> out;
  std::map<decltype(key_of(first)), std::size_t> number;
  std::deque<std::size_t> open;
  const auto visit = [&](const World& world) {
    const auto [known, fresh] = number.emplace(key_of(world), out.worlds.size());
    if (fresh) {
      check(world);
      out.worlds.push_back(world);
      out.back.emplace_back();
      open.push_back(known->second);
    }
    return known->second;
  };
  visit(first);
  while (!open.empty()) {
    const auto at = open.front();
    open.pop_front();
    for (const World& next : steps(World(out.worlds[at]))) out.back[visit(next)].push_back(at);
  }
  return out;
}

// How many states there are from which no end can be reached; all, where there is no end.
template <class World, class IsEnd>
std::size_t endless(const Explored<World>& explored, IsEnd is_end) {
  std::vector<bool> ends(explored.worlds.size());
  std::deque<std::size_t> open;
  for (std::size_t i = 0; i < explored.worlds.size(); ++i) {
    if (!is_end(explored.worlds[i])) continue;
    ends[i] = true;
    open.push_back(i);
  }
  while (!open.empty()) {
    const auto at = open.front();
    open.pop_front();
    for (const auto before : explored.back[at]) {
      if (ends[before]) continue;
      ends[before] = true;
      open.push_back(before);
    }
  }
  return static_cast<std::size_t>(std::count(ends.begin(), ends.end(), false));
}

}  // namespace endure::testing
