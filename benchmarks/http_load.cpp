#include "benchmarks/http_load.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace endure::benchmarks {

namespace {

constexpr std::uint32_t most_samplers = 4;
constexpr std::uint64_t most_in_a_batch = 500;
constexpr auto between_looks = std::chrono::milliseconds(2);
constexpr int too_many = 429;
constexpr int most_tries = 3'000;
constexpr auto before_another_try = std::chrono::milliseconds(20);
constexpr double longest_stillness_ms = 60'000;

// Waiting by itself must not fill the load: one of eight in flight at most.
std::uint32_t samplers_for(std::uint64_t workflows, std::uint32_t concurrency) {
  if (concurrency == 1) return 1;
  return std::clamp<std::uint32_t>(concurrency / 8, 1,
                                   workflows > 100 ? most_samplers : std::uint32_t{1});
}

}  // namespace

Result<NodeCounters> counters_of(HttpLine& line) {
  const auto answer = line.get("/v1/stats");
  if (!answer) return Failure{answer.error()};
  const auto json = answer->json();
  if (!json.is_object() || !json.contains("workflows")) {
    return fail(Code::invalid, "the node's counters cannot be read: " + answer->body);
  }
  const auto& workflows = json.at("workflows");
  return NodeCounters{workflows.at("started"), workflows.at("completed"),
                      workflows.at("transitions"), json.at("journal").at("commits")};
}

HttpLoad::HttpLoad(const NodeProcess& node, std::uint64_t workflows, std::uint32_t concurrency,
                   const std::string& prefix, Progress progress)
    : HttpLoad(HttpTarget{node, node, {}}, workflows, concurrency, prefix, std::move(progress)) {}

HttpLoad::HttpLoad(HttpTarget target, std::uint64_t workflows, std::uint32_t concurrency,
                   const std::string& prefix, Progress progress)
    : target_(std::move(target)),
      workflows_(workflows),
      bulk_(concurrency == 1 ? 0 : workflows),
      samplers_(samplers_for(workflows, concurrency)),
      in_bulk_(concurrency - std::min(concurrency, samplers_)),
      prefix_(prefix),
      progress_(std::move(progress)) {}

Result<void> HttpLoad::run() {
  HttpLine line = target_.owner.line();
  auto before = counters_of(line);
  if (!before) return Failure{before.error()};
  before_ = *before;
  const auto begin = SteadyClock::now();
  std::vector<std::thread> samplers;
  for (std::uint32_t i = 0; i < samplers_; ++i) {
    samplers.emplace_back([this, i] { sample(i); });
  }
  auto ran = run_bulk(line);
  bulk_ended_ = bulk_ > 0 || !ran;
  for (auto& sampler : samplers) sampler.join();
  if (!ran) return ran;
  if (error_) return Failure{*error_};
  auto last = wait_for_last(line);
  seconds_ = ms_since(begin) / 1'000;
  return last;
}

// The samples' ends are known, those of the others were counted with some of them.
Result<void> HttpLoad::wait_for_last(HttpLine& line) {
  const auto begin = SteadyClock::now();
  while (ms_since(begin) < longest_stillness_ms) {
    auto after = counters_of(line);
    if (!after) return Failure{after.error()};
    after_ = *after;
    if (after_.completed - before_.completed >= workflows()) return {};
    std::this_thread::sleep_for(between_looks);
  }
  return fail(Code::retry_later,
              std::to_string(workflows() - (after_.completed - before_.completed)) +
                  " workflows have not completed");
}

std::uint64_t HttpLoad::completed_of_bulk(const NodeCounters& now) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t all = now.completed - before_.completed;
  // Samples are counted by the node a moment before they are known here.
  return all - std::min<std::uint64_t>(all, latencies_ms_.size());
}

Result<void> HttpLoad::run_bulk(HttpLine& line) {
  const HttpStarts starts("w1", prefix_, w1_text_bytes, target_.ids);
  HttpLine asked = target_.asked.line();
  const std::uint64_t lot = std::max<std::uint64_t>(1, in_bulk_ / 16);
  std::uint64_t started = 0;
  std::uint64_t completed = 0;
  auto moved = SteadyClock::now();
  while (completed < bulk_) {
    const std::uint64_t in_flight = started - std::min(started, completed);
    const std::uint64_t room = in_bulk_ - std::min<std::uint64_t>(in_bulk_, in_flight);
    const std::uint64_t left = bulk_ - started;
    if (left > 0 && room >= std::min(lot, left)) {
      const std::uint64_t count = std::min({room, left, most_in_a_batch});
      const auto turned_away = starts.start_all(asked, started, count);
      if (!turned_away) return Failure{turned_away.error()};
      turned_away_ += *turned_away;
      started += count;
    } else {
      std::this_thread::sleep_for(between_looks);
    }
    const auto now = counters_of(line);
    if (!now) return Failure{now.error()};
    const std::uint64_t seen = completed_of_bulk(*now);
    if (seen > completed) moved = SteadyClock::now();
    completed = std::max(completed, seen);
    if (ms_since(moved) > longest_stillness_ms) {
      return fail(Code::retry_later, "nothing has completed for a minute; " +
                                         std::to_string(completed) + " of " +
                                         std::to_string(bulk_) + " had");
    }
    if (progress_) progress_(completed, bulk_);
  }
  return {};
}

void HttpLoad::sample(std::uint32_t sampler) {
  HttpLine line = target_.asked.line();
  const HttpStarts starts("w1", prefix_ + "s" + std::to_string(sampler) + "-", w1_text_bytes,
                          target_.ids);
  for (std::uint64_t n = 0; n < workflows_ && !bulk_ended_; ++n) {
    auto took_ms = sample_one(line, starts, n);
    const std::lock_guard lock(mutex_);
    if (!took_ms) {
      error_ = took_ms.error();
      return;
    }
    latencies_ms_.push_back(*took_ms);
    if (bulk_ == 0 && progress_) progress_(n + 1, workflows_);
  }
}

Result<double> HttpLoad::sample_one(HttpLine& line, const HttpStarts& starts, std::uint64_t n) {
  auto begin = SteadyClock::now();
  auto started = line.post("/v1/workflows", starts.one(n));
  for (int i = 0; i < most_tries && started && started->status == too_many; ++i) {
    ++turned_away_;
    std::this_thread::sleep_for(before_another_try);
    begin = SteadyClock::now();
    started = line.post("/v1/workflows", starts.one(n));
  }
  if (!started) return Failure{started.error()};
  if (started->status != 201) return fail(Code::invalid, "not started: " + started->body);
  const auto ended = line.get("/v1/workflows/bench/" + starts.id(n) + "/result?wait_ms=60000");
  if (!ended) return Failure{ended.error()};
  if (ended->status != 200 || ended->body.find(R"("phase":"completed")") == std::string::npos) {
    return fail(Code::invalid, "not completed: " + ended->body.substr(0, 500));
  }
  return ms_since(begin);
}

}  // namespace endure::benchmarks
