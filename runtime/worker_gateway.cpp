#include "runtime/worker_gateway.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <zmq.hpp>

#include "base/log.hpp"
#include "runtime/gateway/gateway_core.hpp"
#include "runtime/messaging/router_transport.hpp"

namespace endure {

namespace {

using gateway::GatewayCore;
using gateway::Refused;

constexpr int frames_per_round = 512;  // before answers get their turn
constexpr int messages_in_pipe = 1'000;
constexpr int farewell_ms = 200;  // how long goodbyes may take to leave

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

bool is_local(const std::string& address) {
  for (const auto* prefix :
       {"ipc://", "inproc://", "tcp://127.", "tcp://localhost:", "tcp://[::1]:"}) {
    if (starts_with(address, prefix)) return true;
  }
  return false;
}

}  // namespace

class WorkerGateway::Thread {
 public:
  Thread(WorkerGatewayConfig config, actors::Engine& engine, Clock& clock)
      : config_(std::move(config)),
        clock_(clock),
        watchdog_(engine.watchdog()),
        socket_(context_, zmq::socket_type::router),
        transport_(socket_, "worker gateway"),
        outbox_(std::make_shared<gateway::Outbox>()),
        core_(config_, engine, clock, transport_, outbox_, counters_) {}

  Result<void> start() {
    if (!config_.allow_remote && !is_local(config_.bind)) {
      return fail(Code::invalid,
                  "the worker gateway would listen on " + config_.bind +
                      ", which others can reach, and has no authentication; bind a loopback "
                      "address, or allow it explicitly",
                  config_.bind);
    }
    try {
      socket_.set(zmq::sockopt::router_mandatory, true);
      socket_.set(zmq::sockopt::linger, 0);
      socket_.set(zmq::sockopt::sndhwm, messages_in_pipe);
      socket_.set(zmq::sockopt::rcvhwm, messages_in_pipe);
      // Twice the limit, so that a message somewhat too large is answered; beyond it, ZeroMQ
      // closes the connection before it has allocated anything.
      socket_.set(zmq::sockopt::maxmsgsize,
                  static_cast<std::int64_t>(2 * config_.max_message_bytes));
      socket_.bind(config_.bind);
      endpoint_ = socket_.get(zmq::sockopt::last_endpoint);
    } catch (const zmq::error_t& error) {
      const bool malformed = error.num() == EINVAL || error.num() == EPROTONOSUPPORT;
      return fail(malformed ? Code::invalid : Code::io,
                  "the worker gateway cannot listen on " + config_.bind + ": " + error.what(),
                  config_.bind);
    }
    thread_ = std::thread([this] { run(); });
    log(Level::info, "worker gateway listens", {{"endpoint", endpoint_}});
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    outbox_->wake();
    thread_.join();
  }

  const std::string& endpoint() const { return endpoint_; }
  const gateway::Counters& counters() const { return counters_; }

 private:
  void run() {
    zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                               {nullptr, outbox_->descriptor(), ZMQ_POLLIN, 0}};
    const std::int64_t tick_ms = std::clamp<std::int64_t>(config_.heartbeat_ms / 4, 5, 250);
    std::int64_t next_tick_ms = clock_.steady_ms() + tick_ms;
    const auto slot = watchdog_.watch(
        "gateway", [](std::uint64_t) { return "frames of workers, and steps for them"; });
    while (!stopping_) {
      const std::int64_t wait_ms = core_.has_unsent() ? 5 : tick_ms;
      // The C call: a signal may interrupt it, which is nothing to throw about.
      zmq_poll(items, 2, static_cast<long>(wait_ms));
      const Watchdog::Job job(*slot);
      receive_some();
      core_.pump();
      if (clock_.steady_ms() >= next_tick_ms) {
        core_.tick();
        next_tick_ms = clock_.steady_ms() + tick_ms;
      }
    }
    core_.close("the node stops");
    socket_.set(zmq::sockopt::linger, farewell_ms);
    socket_.close();
  }

  void receive_some() {
    zmq::message_t route;
    zmq::message_t frame;
    for (int i = 0; i < frames_per_round; ++i) {
      if (!socket_.recv(route, zmq::recv_flags::dontwait)) return;
      if (!route.more()) continue;
      const auto received = socket_.recv(frame, zmq::recv_flags::dontwait);
      const bool single = received && !frame.more();
      for (bool more = frame.more(); more;) {
        zmq::message_t surplus;
        more = socket_.recv(surplus, zmq::recv_flags::dontwait) && surplus.more();
      }
      if (single) {
        core_.on_frame(route.to_string(), frame.to_string_view());
      } else {
        core_.refuse(route.to_string(), Refused::malformed, "a message is one frame");
      }
    }
  }

  const WorkerGatewayConfig config_;
  Clock& clock_;
  Watchdog& watchdog_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  messaging::RouterTransport transport_;
  std::shared_ptr<gateway::Outbox> outbox_;
  gateway::Counters counters_;
  GatewayCore core_;
  std::string endpoint_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

WorkerGateway::WorkerGateway(WorkerGatewayConfig config, actors::Engine& engine, Clock& clock)
    : thread_(std::make_unique<Thread>(std::move(config), engine, clock)) {}

WorkerGateway::~WorkerGateway() {
  stop();
}

Result<void> WorkerGateway::start() {
  return thread_->start();
}

std::string WorkerGateway::endpoint() const {
  return thread_->endpoint();
}

void WorkerGateway::stop() {
  thread_->stop();
}

WorkerGatewayStats WorkerGateway::stats() const {
  const auto& counters = thread_->counters();
  return {counters.workers, counters.steps_sent, counters.answers_taken, counters.frames_refused,
          counters.workers_lost};
}

}  // namespace endure
