#include "runtime/bench_echo.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <zmq.hpp>

#include "base/clock.hpp"
#include "benchmarks/free_ports.hpp"
#include "benchmarks/latencies.hpp"
#include "runtime/bridge/bridge.hpp"

namespace endure {

namespace {

using benchmarks::SteadyClock;

constexpr std::int64_t longest_call_ms = 60'000;
constexpr double longest_meeting_ms = 30'000;

double us_since(SteadyClock::time_point begin) {
  return benchmarks::ms_since(begin) * 1'000;
}

// -- two bridges ------------------------------------------------------------------

// A bridge without a node behind it: every call is answered with its own body, on the bridge's
// thread.
class End {
 public:
  End(const std::string& name, bridge::BridgeConfig config) {
    config.node = name;
    bridge::BridgeHandlers handlers;
    handlers.greeting = [name] {
      bridge::Greeting greeting;
      greeting.cluster = "bench";
      greeting.node = name;
      greeting.volume = name;
      greeting.shards = 1;
      greeting.born = {"a", "b"};
      return greeting;
    };
    handlers.admit = [](const bridge::Greeting&) { return std::string(); };
    handlers.counter = [] { return std::uint64_t{1}; };
    handlers.news = [] { return std::string(); };
    handlers.heard = [](const std::string&, std::uint64_t, std::string_view) {};
    handlers.link_changed = [](const std::string&, bool) {};
    handlers.called = [this](const std::string&, bridge::CallPlace place,
                             const bridge::Call& call) {
      bridge_->answer(place, std::string(call.body));
    };
    bridge_.emplace(std::move(config), std::move(handlers), clock_);
  }
  bridge::Bridge& bridge() { return *bridge_; }

 private:
  SystemClock clock_;
  std::optional<bridge::Bridge> bridge_;
};

// Calls that are begun by the answers before them, on the bridge's thread.
class Calls {
 public:
  Calls(bridge::Bridge& bridge, std::uint64_t count, const std::string& body)
      : bridge_(bridge), count_(count), body_(body) {
    took_us_.reserve(count);
  }

  Result<std::vector<double>> run(std::uint32_t in_flight) {
    for (std::uint32_t i = 0; i < in_flight && reserve(); ++i) begin_one();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return begun_ == ended_; });
    if (error_) return Failure{*error_};
    return std::move(took_us_);
  }

 private:
  bool reserve() {
    const std::lock_guard lock(mutex_);
    if (begun_ == count_ || error_) return false;
    ++begun_;
    return true;
  }

  void begin_one() {
    bridge_.call("b", "echo", body_, longest_call_ms,
                 [this, begin = SteadyClock::now()](const Result<std::string>& answer) {
                   if (ended(answer, us_since(begin))) begin_one();
                 });
  }

  // Whether another one is to be begun.
  bool ended(const Result<std::string>& answer, double took_us) {
    const std::lock_guard lock(mutex_);
    ++ended_;
    took_us_.push_back(took_us);
    if (!answer) {
      error_ = answer.error();
    } else if (answer->size() != body_.size()) {
      error_ = Error{Code::invalid, "an answer is not what was sent", ""};
    }
    if (begun_ < count_ && !error_) {
      ++begun_;
      return true;
    }
    // Under the lock: run() may return, and this object go, as soon as it is let go.
    if (begun_ == ended_) changed_.notify_all();
    return false;
  }

  bridge::Bridge& bridge_;
  const std::uint64_t count_;
  const std::string& body_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::optional<Error> error_;
  std::vector<double> took_us_;
};

class EchoOfBridges final : public Echo {
 public:
  static Result<std::unique_ptr<Echo>> make(const std::string& folder) {
    const auto ports = benchmarks::free_ports(2);
    if (ports.size() < 2) return fail(Code::io, "there are no free ports");
    const auto address = [&](std::size_t i) {
      return "tcp://127.0.0.1:" + std::to_string(ports[i]);
    };
    std::unique_ptr<EchoOfBridges> echo(new EchoOfBridges);
    const std::vector<std::string> names = {"a", "b"};
    if (!folder.empty()) {
      for (const auto& name : names) {
        if (auto made = bridge::write_key_pair(folder, name); !made) return Failure{made.error()};
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      bridge::BridgeConfig config;
      config.listen = address(i);
      config.peers = {{names[1 - i], address(1 - i)}};
      if (!folder.empty()) {
        auto keys = bridge::read_keys(folder, names[i], names);
        if (!keys) return Failure{keys.error()};
        config.keys = std::move(*keys);
      }
      echo->ends_.push_back(std::make_unique<End>(names[i], std::move(config)));
      if (auto started = echo->ends_.back()->bridge().start(); !started) {
        return Failure{started.error()};
      }
    }
    const auto begin = SteadyClock::now();
    while (!echo->ends_[0]->bridge().is_up("b")) {
      if (benchmarks::ms_since(begin) > longest_meeting_ms) {
        return fail(Code::retry_later, "the two bridges do not meet");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::unique_ptr<Echo>(std::move(echo));
  }

  Result<std::vector<double>> run(std::uint64_t count, std::uint32_t in_flight,
                                  const std::string& body) override {
    return Calls(ends_[0]->bridge(), count, body).run(in_flight);
  }

 private:
  std::vector<std::unique_ptr<End>> ends_;
};

// -- two sockets ------------------------------------------------------------------

class EchoOfSockets final : public Echo {
 public:
  explicit EchoOfSockets(bool curve)
      : router_(there_, zmq::socket_type::router), dealer_(here_, zmq::socket_type::dealer) {
    if (curve) {
      const auto own = bridge::new_key_pair();
      const auto their = bridge::new_key_pair();
      router_.set(zmq::sockopt::curve_server, true);
      router_.set(zmq::sockopt::curve_secretkey, their.secret_key);
      dealer_.set(zmq::sockopt::curve_publickey, own.public_key);
      dealer_.set(zmq::sockopt::curve_secretkey, own.secret_key);
      dealer_.set(zmq::sockopt::curve_serverkey, their.public_key);
    }
    router_.set(zmq::sockopt::linger, 0);
    dealer_.set(zmq::sockopt::linger, 0);
    router_.bind("tcp://127.0.0.1:*");
    dealer_.set(zmq::sockopt::rcvtimeo, static_cast<int>(longest_call_ms));
    dealer_.connect(router_.get(zmq::sockopt::last_endpoint));
    thread_ = std::thread([this] { send_back(); });
  }
  ~EchoOfSockets() override {
    there_.shutdown();  // ends the thread's wait
    thread_.join();
  }
  EchoOfSockets(const EchoOfSockets&) = delete;
  EchoOfSockets& operator=(const EchoOfSockets&) = delete;

  Result<std::vector<double>> run(std::uint64_t count, std::uint32_t in_flight,
                                  const std::string& body) override {
    std::vector<double> took_us;
    took_us.reserve(count);
    std::deque<SteadyClock::time_point> begun;  // answers come in order
    std::uint64_t sent = 0;
    while (took_us.size() < count) {
      while (sent < count && begun.size() < in_flight) {
        begun.push_back(SteadyClock::now());
        dealer_.send(zmq::buffer(body), zmq::send_flags::none);
        ++sent;
      }
      zmq::message_t answer;
      if (!dealer_.recv(answer, zmq::recv_flags::none)) {
        return fail(Code::io, "ZeroMQ brings no answer");
      }
      if (answer.size() != body.size()) return fail(Code::io, "an answer is not what was sent");
      took_us.push_back(us_since(begun.front()));
      begun.pop_front();
    }
    return took_us;
  }

 private:
  void send_back() {
    try {
      zmq::message_t route;
      zmq::message_t body;
      while (router_.recv(route) && router_.recv(body)) {
        router_.send(route, zmq::send_flags::sndmore);
        router_.send(body, zmq::send_flags::none);
      }
    } catch (const zmq::error_t&) {
      // The context has been shut down.
    }
    router_.close();
  }

  zmq::context_t there_{1};
  zmq::context_t here_{1};
  zmq::socket_t router_;
  zmq::socket_t dealer_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Echo>> echo_of_bridges(const std::string& folder) {
  return EchoOfBridges::make(folder);
}

Result<std::unique_ptr<Echo>> echo_of_sockets(bool curve) {
  try {
    return std::unique_ptr<Echo>(std::make_unique<EchoOfSockets>(curve));
  } catch (const zmq::error_t& error) {
    return fail(Code::io, std::string("ZeroMQ cannot listen: ") + error.what());
  }
}

}  // namespace endure
