#include "persistence/shard_move.hpp"

#include <utility>

namespace endure::persistence {

namespace {

using State = ShardRow::State;

std::string the_shard(const ShardRow& row) {
  return "the shard " + std::to_string(row.shard);
}

Failure misfit(const ShardRow& row, const std::string& why) {
  return fail(Code::conflict, the_shard(row) + " " + why, "shards/" + std::to_string(row.shard));
}

Failure other_attempt(const ShardRow& row) {
  return misfit(row, "is not in this attempt of a move");
}

// -- at the old owner ---------------------------------------------------------------

Result<ShardRow> want(ShardRow row, const ShardStep& step, const std::string& self) {
  if (row.state == State::leaving) {
    if (step.node == row.to) return row;
    return misfit(row, "is on its way to " + row.to + "; ask again when it is there or back");
  }
  if (row.state != State::owned) return misfit(row, "is not this node's");
  row.to = step.node == self ? "" : step.node;
  return row;
}

Result<ShardRow> freeze(ShardRow row, const ShardStep& step) {
  if (row.state != State::owned || row.to.empty()) return misfit(row, "is not to be moved");
  row.state = State::leaving;
  row.attempt = step.attempt;
  return row;
}

Result<ShardRow> thaw(ShardRow row, const ShardStep& step) {
  if (row.state == State::owned) return row;
  if (row.state != State::leaving || row.attempt != step.attempt) return other_attempt(row);
  row.state = State::owned;
  row.attempt = 0;
  return row;
}

Result<ShardRow> give(ShardRow row, const ShardStep& step) {
  if (row.state != State::leaving || row.attempt != step.attempt) return other_attempt(row);
  row.state = State::given;
  row.owner = std::exchange(row.to, {});
  ++row.epoch;
  row.complete = false;
  row.has_rows = true;
  return row;
}

Result<ShardRow> confirm(ShardRow row, const ShardStep& step) {
  if (row.state != State::given || row.attempt != step.attempt) return other_attempt(row);
  row.complete = true;
  return row;
}

Result<ShardRow> sweep(ShardRow row, const ShardStep& step) {
  if (row.attempt != step.attempt) return other_attempt(row);
  if (!may_be_swept(row)) return misfit(row, "has no rows here that could go");
  if (step.act == ShardAct::emptied) row.has_rows = false;
  return row;
}

Result<ShardRow> yield(ShardRow row, const ShardStep& step) {
  if (!is_own(row) || step.epoch <= row.epoch) return misfit(row, "has no later owner");
  ShardRow given;
  given.shard = row.shard;
  given.state = State::given;
  given.owner = step.node;
  given.epoch = step.epoch;
  given.complete = true;
  given.has_rows = true;
  return given;
}

// -- at the new owner ---------------------------------------------------------------

Result<ShardRow> expect(ShardRow row, const ShardStep& step) {
  if (is_own(row)) return misfit(row, "is this node's already");
  if (row.state == State::given && row.has_rows) {
    return fail(Code::retry_later, the_shard(row) + " was here before, and its rows still go");
  }
  const bool is_owners = step.epoch > row.epoch || row.owner == step.node || row.owner.empty();
  if (step.epoch < row.epoch || !is_owners) return misfit(row, "has had another owner since");
  const bool is_going_on = row.state == State::arriving && row.owner == step.node;
  if (is_going_on && step.attempt == row.attempt) return row;
  if (is_going_on && step.attempt < row.attempt) return other_attempt(row);
  row.state = State::arriving;
  row.owner = step.node;
  row.epoch = step.epoch;
  row.attempt = step.attempt;
  row.parts = 0;
  row.complete = false;
  return row;
}

Result<ShardRow> part(ShardRow row, const ShardStep& step) {
  if (row.state != State::arriving || row.attempt != step.attempt) return other_attempt(row);
  if (is_littered(row)) {
    return fail(Code::retry_later, the_shard(row) + " has rows here of an earlier attempt");
  }
  if (step.part > 0 && step.part <= row.parts) return row;
  if (step.part != row.parts + 1 || row.complete) {
    return misfit(row, "has had " + std::to_string(row.parts) + " parts, and this is the part " +
                           std::to_string(step.part));
  }
  row.parts = step.part;
  row.has_rows = true;
  return row;
}

Result<ShardRow> complete(ShardRow row, const ShardStep& step) {
  if (row.state != State::arriving || row.attempt != step.attempt) return other_attempt(row);
  if (row.parts == 0 || row.parts != step.part) return misfit(row, "is not whole");
  row.complete = true;
  return row;
}

Result<ShardRow> take(ShardRow row, const ShardStep& step, const std::string& self) {
  if (row.epoch >= step.epoch) return row;  // it was taken then, whatever came after
  if (row.state != State::arriving || row.attempt != step.attempt || !row.complete ||
      row.epoch + 1 != step.epoch) {
    return other_attempt(row);
  }
  ShardRow taken;
  taken.shard = row.shard;
  taken.state = State::owned;
  taken.owner = self;
  taken.epoch = step.epoch;
  return taken;
}

}  // namespace

Result<ShardRow> after(const std::optional<ShardRow>& row, const ShardStep& step,
                       const std::string& self) {
  ShardRow now;
  if (row) {
    now = *row;
  } else {
    now.shard = step.shard;
    now.state = State::given;  // to whoever has it
    now.epoch = 0;
  }
  switch (step.act) {
    case ShardAct::want: return want(std::move(now), step, self);
    case ShardAct::freeze: return freeze(std::move(now), step);
    case ShardAct::thaw: return thaw(std::move(now), step);
    case ShardAct::give: return give(std::move(now), step);
    case ShardAct::confirm: return confirm(std::move(now), step);
    case ShardAct::sweep:
    case ShardAct::emptied: return sweep(std::move(now), step);
    case ShardAct::expect: return expect(std::move(now), step);
    case ShardAct::part: return part(std::move(now), step);
    case ShardAct::complete: return complete(std::move(now), step);
    case ShardAct::take: return take(std::move(now), step, self);
    case ShardAct::yield: return yield(std::move(now), step);
  }
  return misfit(now, "knows no such step");
}

}  // namespace endure::persistence
