#include "runtime/cluster/mover.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "persistence/shard_sum.hpp"

namespace endure::cluster {

namespace {

using persistence::ShardAct;
using State = persistence::ShardRow::State;

constexpr std::size_t part_bytes = 512U << 10U;
constexpr std::size_t swept_at_once = 256;
constexpr std::int64_t answer_ms = 3'000;    // of a small step, and of a part
constexpr std::int64_t compare_ms = 30'000;  // of a whole shard
constexpr std::int64_t first_wait_ms = 250;  // after a failure; then twice as long each time
constexpr std::int64_t longest_wait_ms = 10'000;
constexpr std::int64_t called_off_ms = 10'000;  // without a part, while its owner wants to keep it
constexpr auto longest_sleep = std::chrono::milliseconds(200);

// Waits for a reply that comes in any case.
template <class Call>
Result<void> await_reply(Call call) {
  auto done = std::make_shared<std::promise<Result<void>>>();
  auto future = done->get_future();
  call([done](const Result<void>& result) { done->set_value(result); });
  return future.get();
}

}  // namespace

Mover::Mover(MoverPorts ports) : ports_(std::move(ports)), cluster_(*ports_.store.cluster()) {}

Mover::~Mover() {
  stop();
}

void Mover::start() {
  thread_ = std::thread([this] { run(); });
}

void Mover::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void Mover::stop() {
  begin_stop();
  if (thread_.joinable()) thread_.join();
}

void Mover::look() {
  {
    const std::lock_guard lock(mutex_);
    look_ = true;
  }
  wake_.notify_all();
}

void Mover::run() {
  name_thread("mover");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, longest_sleep, [this] { return look_ || stopping_; });
    look_ = false;
    lock.unlock();
    for (const auto& row : cluster_.shards()) {
      {
        const std::lock_guard again(mutex_);
        if (stopping_) break;
      }
      see_to(row);
    }
    lock.lock();
  }
}

void Mover::see_to(const ShardRow& row) {
  if (row.state == State::leaving) {  // of a process before this one
    commit({row.shard, ShardAct::thaw, row.attempt, {}, 0, 0}).has_value();
  } else if (may_be_swept(row)) {
    sweep(row);
  } else if (row.state == State::given && row.epoch > 0 && !row.complete) {
    if (may_try(row.shard)) hand_over(row);
  } else if (row.state == State::owned && !row.to.empty() && ports_.bridge.is_up(row.to)) {
    if (may_try(row.shard)) move(row);
  } else if (row.state == State::arriving && row.has_rows && !row.complete) {
    abandon_if_called_off(row);
  }
}

// -- the old owner's side -----------------------------------------------------------

void Mover::move(const ShardRow& row) {
  const auto attempt = ports_.store.next_sequence();
  MoveOffer offer;
  offer.step = {row.shard, ShardAct::expect, attempt, {}, row.epoch, 0};
  offer.definitions = ports_.definitions();
  if (auto expected = ask(row.to, offer, answer_ms); !expected) {
    return note(row.shard, expected.error(), false);
  }
  const auto began_ms = ports_.clock.steady_ms();
  if (auto frozen = commit({row.shard, ShardAct::freeze, attempt, {}, 0, 0}); !frozen) {
    return note(row.shard, frozen.error(), false);
  }
  auto given = send_rows(row, attempt);
  if (given) given = commit({row.shard, ShardAct::give, attempt, {}, 0, 0});
  if (!given) {
    note(row.shard, given.error(), false);
    commit({row.shard, ShardAct::thaw, attempt, {}, 0, 0}).has_value();
    return;
  }
  ports_.changed();
  if (const auto now = row_of(row.shard)) hand_over(*now);
  const auto took_ms = ports_.clock.steady_ms() - began_ms;
  const std::lock_guard lock(mutex_);
  figures_.longest_ms = std::max(figures_.longest_ms, took_ms);
  look_ = true;  // its rows go
}

Result<void> Mover::send_rows(const ShardRow& row, std::uint64_t attempt) {
  const auto workflows = cluster_.workflows_of(row.shard);
  if (!workflows) return Failure(workflows.error());
  persistence::ShardSum sum;
  persistence::ShardPart part;
  MoveOffer offer;
  offer.step = {row.shard, ShardAct::part, attempt, {}, 0, 0};
  while (!part.last) {
    auto next = cluster_.rows_of(row.shard, *workflows, part.next, part_bytes);
    if (!next) return Failure(next.error());
    part = *std::move(next);
    for (const auto& each : part.rows) add(sum, each);
    offer.rows = std::move(part.rows);
    ++offer.step.part;
    if (auto taken = ask(row.to, offer, answer_ms); !taken) return taken;
  }
  const auto parts = offer.step.part;
  {
    const std::lock_guard lock(mutex_);
    figures_.rows += sum.rows;
  }
  offer = {};
  offer.step = {row.shard, ShardAct::complete, attempt, {}, 0, parts};
  offer.sum = std::move(sum);
  return ask(row.to, offer, compare_ms);
}

// Until it has said that it has taken it, its rows stay here.
void Mover::hand_over(const ShardRow& row) {
  MoveOffer offer;
  offer.step = {row.shard, ShardAct::take, row.attempt, {}, row.epoch, 0};
  if (auto taken = ask(row.owner, offer, answer_ms); !taken) {
    return note(row.shard, taken.error(), true);
  }
  if (auto confirmed = commit({row.shard, ShardAct::confirm, row.attempt, {}, 0, 0}); !confirmed) {
    return note(row.shard, confirmed.error(), true);
  }
  log(Level::info, "a shard has gone to another node",
      {{"shard", row.shard}, {"node", row.owner}, {"epoch", row.epoch}});
  forget(row.shard);
  const std::lock_guard lock(mutex_);
  ++figures_.moved;
}

void Mover::sweep(const ShardRow& row) {
  const auto workflows = cluster_.workflows_of(row.shard);
  if (!workflows) return note(row.shard, workflows.error(), false);
  for (std::size_t begin = 0; begin < workflows->size(); begin += swept_at_once) {
    const auto end = std::min(begin + swept_at_once, workflows->size());
    const auto first = workflows->begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = workflows->begin() + static_cast<std::ptrdiff_t>(end);
    if (auto swept = commit({row.shard, ShardAct::sweep, row.attempt, {}, 0, 0}, {first, last});
        !swept) {
      return note(row.shard, swept.error(), false);
    }
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  commit({row.shard, ShardAct::emptied, row.attempt, {}, 0, 0}).has_value();
}

// As if its owner had begun another attempt, behind which what is left of this one is refused.
// Never where all has come: then it may have been given already.
void Mover::abandon_if_called_off(const ShardRow& row) {
  const auto now_ms = ports_.clock.steady_ms();
  Waiting& waiting = waiting_[row.shard];
  const bool goes_on = waiting.attempt != row.attempt || waiting.parts != row.parts;
  if (goes_on) waiting = {row.attempt, row.parts, now_ms};
  const bool is_wanted = ports_.wanted_at(row.shard) == cluster_.row().identity.node;
  if (is_wanted || !ports_.bridge.is_up(row.owner)) waiting.since_ms = now_ms;
  if (now_ms - waiting.since_ms < called_off_ms) return;
  waiting_.erase(row.shard);
  commit({row.shard, ShardAct::expect, row.attempt + 1, row.owner, row.epoch, 0}).has_value();
}

Result<void> Mover::ask(const std::string& node, const MoveOffer& offer, std::int64_t timeout_ms) {
  return await_reply([&](auto reply) {
    ports_.bridge.call(
        node, std::string(move_call), encode(offer), timeout_ms,
        [reply](const Result<std::string>& body) {
          if (!body) return reply(Failure(body.error()));
          const auto answer = decode_move_answer(*body);
          if (!answer) return reply(Failure(answer.error()));
          if (answer->done) return reply({});
          reply(fail(answer->later ? Code::retry_later : Code::conflict, answer->problem));
        });
  });
}

Result<void> Mover::commit(ShardStep step, std::vector<WorkflowNumber> swept) {
  auto committed = await_reply([&](auto reply) {
    ports_.engine.move_shard({std::move(step), {}, std::move(swept)}, reply);
  });
  if (!committed && committed.error().code == Code::conflict) {
    log(Level::warning, "a step of moving a shard does not fit",
        {{"shard", step.shard}, {"error", committed.error().what}});
  }
  return committed;
}

std::optional<persistence::ShardRow> Mover::row_of(Shard shard) const {
  for (const auto& row : cluster_.shards()) {
    if (row.shard == shard) return row;
  }
  return std::nullopt;
}

// -- trouble ------------------------------------------------------------------------

bool Mover::may_try(Shard shard) {
  const std::lock_guard lock(mutex_);
  const auto trouble = troubles_.find(shard);
  return trouble == troubles_.end() || trouble->second.not_before_ms <= ports_.clock.steady_ms();
}

// `at_once`: it is tried again soon, however often.
void Mover::note(Shard shard, const Error& error, bool at_once) {
  const std::lock_guard lock(mutex_);
  Trouble& trouble = troubles_[shard];
  if (trouble.problem != error.what) {
    log(Level::warning, "a shard is not moved yet", {{"shard", shard}, {"why", error.what}});
  }
  trouble.problem = error.what;
  trouble.wait_ms = at_once || trouble.wait_ms == 0
                        ? first_wait_ms
                        : std::min(2 * trouble.wait_ms, longest_wait_ms);
  trouble.not_before_ms = ports_.clock.steady_ms() + trouble.wait_ms;
  if (!at_once) ++figures_.given_up;
}

void Mover::forget(Shard shard) {
  const std::lock_guard lock(mutex_);
  troubles_.erase(shard);
}

std::string Mover::problem(Shard shard) const {
  const std::lock_guard lock(mutex_);
  const auto trouble = troubles_.find(shard);
  return trouble == troubles_.end() ? "" : trouble->second.problem;
}

MoveFigures Mover::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

// -- the new owner's side -----------------------------------------------------------

void Mover::on_offer(const std::string& node, bridge::CallPlace place, std::string_view body) {
  auto offer = decode_move(body);
  if (!offer)
    return ports_.bridge.answer(place, encode(MoveAnswer{false, false, offer.error().what}));
  offer->step.node = node;
  switch (offer->step.act) {
    case ShardAct::expect:
      if (offer->definitions != ports_.definitions()) {
        return settle(place, offer->step,
                      fail(Code::retry_later, "it has not the same definitions yet"));
      }
      [[fallthrough]];
    case ShardAct::part:
    case ShardAct::take: return take_part(place, std::move(*offer));
    case ShardAct::complete:
      return ports_.pool.enqueue([this, place, offer = std::move(*offer)]() mutable {
        if (auto same = compare(offer); !same) return settle(place, offer.step, same);
        take_part(place, std::move(offer));
      });
    default:
      return settle(place, offer->step, fail(Code::invalid, "no node may ask that of another"));
  }
}

void Mover::take_part(bridge::CallPlace place, MoveOffer&& offer) {
  const auto step = offer.step;
  ports_.engine.move_shard(
      {step, std::move(offer.rows), {}},
      [this, place, step](const Result<void>& result) { settle(place, step, result); });
}

// What lies in the volume is what was sent.
Result<void> Mover::compare(const MoveOffer& offer) {
  const auto here = sum_of(cluster_, offer.step.shard);
  if (!here) return Failure(here.error());
  if (*here == offer.sum) return {};
  return fail(Code::conflict, std::to_string(here->rows) + " rows have come, and " +
                                  std::to_string(offer.sum.rows) +
                                  " were sent; or their checksums differ");
}

void Mover::settle(bridge::CallPlace place, const ShardStep& step, const Result<void>& result) {
  MoveAnswer answer;
  answer.done = result.has_value();
  if (!result) {
    answer.later = result.error().code == Code::retry_later;
    answer.problem = result.error().what;
  }
  const auto row = row_of(step.shard);
  if (step.act == ShardAct::expect && answer.done && row && is_littered(*row)) {
    answer = {false, true, "rows of an earlier attempt still go"};
  }
  if (step.act == ShardAct::take && answer.done) {
    {
      const std::lock_guard lock(mutex_);
      ++figures_.taken;
    }
    log(Level::info, "a shard has come from another node",
        {{"shard", step.shard}, {"node", step.node}, {"epoch", step.epoch}});
    ports_.changed();
  }
  if (answer.later) look();
  ports_.bridge.answer(place, encode(answer));
}

}  // namespace endure::cluster
