// Any bytes as what happens to a worker gateway: frames of three peers one after the other, time
// that passes, steps that come and are taken away, sockets that do not take what is sent (see
// frame_script.hpp). It must answer in frames that a worker reads; what it refuses must not reach
// the engine; no limit is passed; and in the end no step is lost.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/gateway/gateway_core.hpp"
#include "tests/fuzz/frame_script.hpp"
#include "tests/fuzz/script.hpp"
#include "tests/fuzz/script_mutator.hpp"
#include "tests/fuzz/wire_check.hpp"
#include "tests/support/fake_engine.hpp"

namespace {

using namespace endure;
using namespace endure::testing;

constexpr std::size_t most_steps = 32;
constexpr std::array<const char*, 2> queues = {"enrich", "act"};

WorkerGatewayConfig small_limits() {
  WorkerGatewayConfig config;
  config.node = "n1";
  config.epoch = 7;
  config.max_message_bytes = 2'048;
  config.max_result_bytes = 256;
  config.max_credit = 100;
  config.max_queues = 3;
  config.max_workers = 3;
  config.max_unsent = 4;
  return config;
}

// Every message must be one that a worker reads.
class CheckingTransport final : public gateway::Transport {
 public:
  Sent send(const std::string& /*route*/, const std::string& frame) override {
    const auto message = gateway::decode_from_node(frame);
    require(message.has_value(), "a worker cannot read what the node says", InHex{frame});
    if (std::holds_alternative<gateway::Refuse>(*message)) ++refusals;
    return answer;
  }

  Sent answer = Sent::yes;
  std::uint64_t refusals = 0;
};

class Play {
 public:
  Play() : core_(config(), engine_, clock_, transport_, outbox_, counters_) {}

  void operation(ScriptReader& script) {
    const auto head = script.byte();
    const unsigned argument = head >> 4U;
    switch (static_cast<GatewayOp>((head & 0xfU) % static_cast<unsigned>(GatewayOp::count))) {
      case GatewayOp::frame: frame(argument, script.block()); break;
      case GatewayOp::pump: core_.pump(); break;
      case GatewayOp::time:
        clock_.advance_ms(argument * config().heartbeat_ms / 2);
        core_.tick();
        break;
      case GatewayOp::step: push_step(argument); break;
      case GatewayOp::revoke: revoke(argument); break;
      case GatewayOp::transport:
        transport_.answer = static_cast<gateway::Transport::Sent>(argument % 3);
        break;
      case GatewayOp::engine: engine_.answer_with(error(argument)); break;
      case GatewayOp::replies:
        if (argument % 2 == 0) {
          engine_.release_replies();
        } else {
          engine_.hold_replies();
        }
        break;
      case GatewayOp::count: break;
    }
    require(engine_.greatest_credit() <= config().max_credit, "more credit than the limit");
    require(engine_.most_queues() <= config().max_queues, "more queues than the limit");
    require(counters_.workers <= config().max_workers, "more workers than the limit");
  }

  // Everybody leaves: every step that was neither ended nor taken away lies on its queue again.
  void end() {
    engine_.answer_with(std::nullopt);
    engine_.release_replies();
    core_.close("the node stops");
    require(counters_.workers == 0, "a session outlives the gateway");
    require(engine_.leased_steps() == 0, "a step stays leased to nobody");
    const auto calls = engine_.calls();
    std::size_t steps = revoked_ + calls.completed.size();
    for (const auto& failed : calls.failed) steps += failed.failure.retryable ? 0 : 1;
    for (const auto* queue : queues) steps += engine_.ready_steps(queue);
    require(steps == pushed_, "a step is lost, or there twice");
  }

 private:
  static const WorkerGatewayConfig& config() {
    static const WorkerGatewayConfig limits = small_limits();
    return limits;
  }

  void frame(unsigned peer, std::string_view bytes) {
    check_round_trip(gateway::decode_from_worker(bytes), gateway::decode_from_worker);
    const std::string route = "peer-" + std::to_string(peer % 3);
    const auto calls = engine_.worker_calls();
    const auto refusals = transport_.refusals;
    core_.on_frame(route, bytes);
    if (transport_.refusals == refusals) return;
    require(engine_.worker_calls() == calls, "a refused frame reached the engine", InHex{bytes});
  }

  void push_step(unsigned queue) {
    if (pushed_ == most_steps) return;
    engine_.push_step(make_step(queues[queue % queues.size()], ++pushed_));
  }

  void revoke(unsigned step) {
    const auto before = engine_.leased_steps();
    for (const auto* queue : queues) {
      engine_.revoke(make_step(queue, step).token, "it was cancelled");
    }
    revoked_ += before - engine_.leased_steps();
  }

  static std::optional<Error> error(unsigned argument) {
    switch (argument % 4) {
      case 1: return Error{Code::retry_later, "not now", {}};
      case 2: return Error{Code::full, "no room", {}};
      case 3: return Error{Code::invalid, "never", {}};
      default: return std::nullopt;
    }
  }

  FakeEngine engine_;
  ManualClock clock_;
  CheckingTransport transport_;
  std::shared_ptr<gateway::Outbox> outbox_ = std::make_shared<gateway::Outbox>();
  gateway::Counters counters_;
  gateway::GatewayCore core_;
  std::size_t pushed_ = 0;
  std::size_t revoked_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Play play;
  play_script(play, data, size);
  play.end();
  return 0;
}

#ifdef ENDURE_LIBFUZZER
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return mutate_script(data, size, max_size, seed, static_cast<unsigned>(GatewayOp::count));
}
#endif
