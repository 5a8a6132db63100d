#include "tests/simulation/world.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/laws.hpp"

namespace endure::simulation {

namespace {

constexpr int rounds_to_rest = 400;
constexpr std::int64_t hour_ms = 3'600'000;

actors::EngineConfig small_engine() {
  actors::EngineConfig config;
  config.shards = 3;
  config.passivate_after_ms = 300;
  config.queue_window = 8;
  config.restart_intensity = 1'000;
  return config;
}

}  // namespace

World::World(Plan plan, workflow::Expressions& expressions)
    : plan_(plan),
      random_(plan.seed),
      expressions_(expressions),
      store_(persistence::make_memory_store()),
      clients_(record_, random_),
      workers_(record_, store_, random_) {
  open();
  clients_.deploy();
  let_all_happen();
}

World::~World() {
  ++record_.lives;
  workers_.disconnect();
  stepper_.reset();
}

void World::open() {
  ++record_.lives;
  failed_ = false;
  store_.reopen();
  auto made = actors::make_stepped_engine(small_engine(), store_, clock_, expressions_,
                                          [this](const Error&) { failed_ = true; });
  if (!made) {
    record_.problems.push_back("the engine does not open: " + made.error().what);
    return;
  }
  stepper_ = std::move(*made);
  clients_.connect(stepper_->engine());
  workers_.connect(stepper_->engine());
}

// What was not committed is gone; what was told to the outside stays told.
void World::die() {
  ++deaths_;
  ++record_.lives;
  workers_.disconnect();
  stepper_.reset();
  open();
}

std::vector<std::string> World::run() {
  for (std::uint32_t i = 0; i < plan_.ticks && record_.problems.empty(); ++i) tick();
  store_.full_above(std::nullopt);
  if (record_.problems.empty() && !settle_down()) {
    record_.problems.push_back("the world does not come to rest");
  }
  auto problems = judge(store_, record_);
  problems.insert(problems.begin(), record_.problems.begin(), record_.problems.end());
  return problems;
}

void World::tick() {
  const auto dice = draw(1'000);
  if (failed_ || dice < 3) return die();
  if (dice < 8) return something_fails();
  if (full_for_ > 0 && --full_for_ == 0) store_.full_above(std::nullopt);
  if (dice < 50) return pass_time();
  if (dice < 110) return clients_.act();
  if (dice < 210) return workers_.act();
  if (dice < 330) {
    stepper_->commit(draw(3) == 0 ? 1 + draw(4) : 1'000);
    return;
  }
  if (dice < 500) {
    stepper_->run_job();
    return;
  }
  if (const auto waiting = stepper_->actors_with_work(); waiting > 0) {
    stepper_->run_actor(draw(static_cast<std::uint32_t>(std::min<std::size_t>(waiting, 1'000))));
  }
}

void World::something_fails() {
  switch (draw(3)) {
    case 0: store_.fail_next({Code::io, "the disk failed (simulated)", ""}); break;
    case 1: store_.fail_next({Code::full, "no room (simulated)", ""}, 1 + draw(3)); break;
    default: store_.full_above(draw(3)); full_for_ = 1 + draw(100);
  }
}

void World::pass_time() {
  const std::int64_t ms = draw(100) == 0 ? hour_ms : static_cast<std::int64_t>(1 + draw(400));
  clock_.advance_ms(ms);
  // In slices: actors that wake themselves every so often would otherwise do it at once, for an
  // hour.
  stepper_->advance_ms(std::min<std::int64_t>(ms, 5'000));
}

void World::let_all_happen() {
  for (bool any = true; any && !failed_;) {
    any = false;
    for (; stepper_->actors_with_work() > 0; any = true) stepper_->run_actor(0);
    while (stepper_->run_job()) any = true;
    while (stepper_->commit(1'000)) any = true;
  }
}

// From now on the world behaves, and every workflow can come to its end.
bool World::settle_down() {
  for (int round = 0; round < rounds_to_rest; ++round) {
    if (failed_) die();
    let_all_happen();
    if (failed_) continue;
    workers_.answer_all();
    let_all_happen();
    std::vector<std::string> live;
    const auto page = store_.list_workflows({}, std::nullopt, 10'000);
    for (const auto& summary : page.value().rows) {
      if (!is_ended(summary.phase)) live.push_back(summary.name.id);
    }
    if (live.empty() && store_.stats().outbox == 0) return true;
    if (round % 4 == 0) clients_.help(live);
    let_all_happen();
    clock_.advance_ms(500);
    stepper_->advance_ms(500);
  }
  return false;
}

std::uint64_t World::fingerprint() {
  const auto stats = store_.stats();
  std::uint64_t print = record_.facts;
  for (const std::uint64_t part :
       {stats.changes, stats.commits, deaths_, static_cast<std::uint64_t>(record_.results.size()),
        static_cast<std::uint64_t>(clock_.steady_ms())}) {
    print = print * 1'099'511'628'211ULL + part;
  }
  return print;
}

}  // namespace endure::simulation
