// Any bytes as what a worker meets: frames of a node one after the other, time that passes, work
// that is begun and ended (see frame_script.hpp). Whatever it hears, it must say what a node reads.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "runtime/gateway/worker_link.hpp"
#include "tests/fuzz/frame_script.hpp"
#include "tests/fuzz/script.hpp"
#include "tests/fuzz/script_mutator.hpp"
#include "tests/fuzz/wire_check.hpp"

namespace {

using namespace endure;
using namespace endure::testing;

class Play {
 public:
  void operation(ScriptReader& script) {
    const auto head = script.byte();
    const unsigned argument = head >> 4U;
    switch (static_cast<LinkOp>((head & 0xfU) % static_cast<unsigned>(LinkOp::count))) {
      case LinkOp::frame: {
        const auto bytes = script.block();
        check_round_trip(gateway::decode_from_node(bytes), gateway::decode_from_node);
        link_.on_frame(bytes, now_ms_);
        break;
      }
      case LinkOp::time: now_ms_ += argument * 500; break;
      case LinkOp::take:
        if (auto work = link_.take()) begun_.push_back(std::move(work->token));
        break;
      case LinkOp::complete:
        end([&](const auto& token) {
          link_.complete(token, "\xd9" + std::string(1, static_cast<char>(argument * 16)) +
                                    std::string(argument * 16, 'x'));
        });
        break;
      case LinkOp::fail:
        end([&](const auto& token) {
          link_.fail(token, {"uri", "title", "detail", 500, argument % 2 == 0, argument});
        });
        break;
      case LinkOp::drain: link_.drain(); break;
      case LinkOp::goodbye: link_.goodbye(); break;
      case LinkOp::connecting: link_.on_connecting(now_ms_); break;
      case LinkOp::count: break;
    }
    link_.on_time(now_ms_);
    static_cast<void>(link_.is_silent(now_ms_));
    for (const auto& said : link_.outgoing()) {
      require(gateway::decode_from_worker(said).has_value(), "a node cannot read what is said",
              InHex{said});
    }
    require(!link_.has_ready() || link_.in_hand() > 0, "a step is ready that nobody holds");
  }

 private:
  template <class End>
  void end(End end) {
    if (begun_.empty()) return;
    end(begun_.front());
    begun_.pop_front();
  }

  gateway::WorkerLink link_{{"tcp://unused", "w1", {{"enrich", 3}, {"act", 2}}}, "instance"};
  std::int64_t now_ms_ = 1'000;
  std::deque<std::string> begun_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Play play;
  play_script(play, data, size);
  return 0;
}

#ifdef ENDURE_LIBFUZZER
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  return mutate_script(data, size, max_size, seed, static_cast<unsigned>(LinkOp::count));
}
#endif
