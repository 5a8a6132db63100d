#include "actors/stepped_engine.hpp"

#include <utility>

#include "actors/caf_seam.hpp"
#include "actors/engine_parts.hpp"

namespace endure::actors {

namespace {

class Stepper final : public SteppedEngine {
 public:
  Result<void> open(EngineConfig config, persistence::Store& store, Clock& clock,
                    workflow::Expressions& expressions, std::function<void(const Error&)> fatal) {
    auto made = make_engine_of_parts(std::move(config), store, clock, expressions, std::move(fatal),
                                     &parts_);
    if (!made) return Failure{made.error()};
    engine_ = std::move(*made);
    return {};
  }

  Engine& engine() override { return *engine_; }

  std::size_t actors_with_work() const override { return waiting_jobs(*parts_.system); }
  void run_actor(std::size_t which) override { run_waiting_job(*parts_.system, which); }
  bool run_job() override { return parts_.loader->run_one() || parts_.deciders->run_one(); }
  bool commit(std::size_t most) override { return parts_.journal->step(most); }
  void advance_ms(std::int64_t ms) override { advance_delayed(*parts_.system, ms); }

 private:
  EngineParts parts_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

Result<std::unique_ptr<SteppedEngine>> make_stepped_engine(
    EngineConfig config, persistence::Store& store, Clock& clock,
    workflow::Expressions& expressions, std::function<void(const Error&)> fatal) {
  auto stepper = std::make_unique<Stepper>();
  if (auto opened = stepper->open(std::move(config), store, clock, expressions, std::move(fatal));
      !opened) {
    return Failure{opened.error()};
  }
  return stepper;
}

}  // namespace endure::actors
