#include "runtime/gateway/worker_client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <zmq.hpp>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "runtime/gateway/worker_link.hpp"

namespace endure::gateway {

namespace {

constexpr long round_ms = 100;
constexpr std::int64_t goodbye_wait_ms = 1'000;

std::string random_instance() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string text;
  for (int i = 0; i < 32; ++i) text.push_back(digits[random() % 16]);
  return text;
}

std::string default_name() {
  char host[256] = "worker";
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + "-" + std::to_string(::getpid());
}

WorkerClientConfig named(WorkerClientConfig config) {
  if (config.name.empty()) config.name = default_name();
  return config;
}

}  // namespace

class WorkerClient::Thread {
 public:
  Thread(WorkerClientConfig config, Clock& clock)
      : config_(named(std::move(config))),
        clock_(clock),
        link_(config_, random_instance()),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ENDURE_ASSERT(wake_ >= 0);
  }
  ~Thread() { ::close(wake_); }

  Result<void> start() {
    if (config_.queues.empty()) return endure::fail(Code::invalid, "a worker needs a queue");
    try {
      connect();
    } catch (const zmq::error_t& error) {
      return endure::fail(Code::invalid,
                          "cannot connect to '" + config_.address + "': " + error.what(),
                          config_.address);
    }
    thread_ = std::thread([this] { run(); });
    return {};
  }

  std::optional<Work> next() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return draining_ || link_.has_ready(); });
    if (draining_) return std::nullopt;
    return link_.take();
  }

  // Ends a step; the thread is woken for the first of those that it will send together.
  template <class End>
  void end(End end) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = !link_.has_unsent_ends();
      end(link_);
    }
    if (first) wake();
  }

  void drain() {
    {
      const std::lock_guard lock(mutex_);
      draining_ = true;
      link_.drain();
    }
    ready_.notify_all();
    wake();
  }

  bool stop(std::int64_t timeout_ms) {
    if (!thread_.joinable()) return in_hand() == 0;
    drain();
    bool empty = false;
    {
      std::unique_lock lock(mutex_);
      empty = answered_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                 [this] { return link_.in_hand() == 0; });
      link_.goodbye();
      leaving_ = true;
    }
    wake();
    thread_.join();
    return empty;
  }

  std::size_t in_hand() const {
    const std::lock_guard lock(mutex_);
    return link_.in_hand();
  }

 private:
  void connect() {
    socket_ = zmq::socket_t(context_, zmq::socket_type::dealer);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::immediate, true);     // nothing queues up for an absent node
    socket_.set(zmq::sockopt::probe_router, true);  // the node answers each new connection
    socket_.set(zmq::sockopt::reconnect_ivl, 100);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 2'000);
    socket_.connect(config_.address);
    const std::lock_guard lock(mutex_);
    link_.on_connecting(clock_.steady_ms());
  }

  void run() {
    std::optional<std::int64_t> leave_ms;  // when to go without the node's goodbye
    for (;;) {
      zmq::pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                 {nullptr, wake_, ZMQ_POLLIN, 0}};
      zmq_poll(items, 2, round_ms);
      std::uint64_t count = 0;
      [[maybe_unused]] const auto drained = ::read(wake_, &count, sizeof count);
      const std::int64_t now_ms = clock_.steady_ms();
      receive(now_ms);
      const auto left = send(now_ms);
      if (!left) continue;
      if (!leave_ms) leave_ms = now_ms + goodbye_wait_ms;
      if (*left || now_ms >= *leave_ms) break;
    }
    socket_.close();
  }

  void receive(std::int64_t now_ms) {
    zmq::message_t frame;
    while (socket_.recv(frame, zmq::recv_flags::dontwait)) {
      const std::lock_guard lock(mutex_);
      link_.on_frame(frame.to_string_view(), now_ms);
    }
    ready_.notify_all();
    answered_.notify_all();
  }

  // Sends what is due. Once the worker leaves: whether the node has heard it.
  std::optional<bool> send(std::int64_t now_ms) {
    std::vector<std::string> frames;
    std::optional<bool> left;
    bool silent = false;
    {
      const std::lock_guard lock(mutex_);
      link_.on_time(now_ms);
      frames = link_.outgoing();
      if (leaving_) left = link_.has_left();
      silent = !leaving_ && link_.is_silent(now_ms);
    }
    for (const auto& frame : frames) {
      // What does not get through now is said again by the next hello.
      if (!socket_.send(zmq::buffer(frame), zmq::send_flags::dontwait)) break;
    }
    if (silent) connect();
    return left;
  }

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  const WorkerClientConfig config_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable answered_;
  WorkerLink link_;
  bool draining_ = false;
  bool leaving_ = false;
  int wake_;
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  std::thread thread_;
};

WorkerClient::WorkerClient(WorkerClientConfig config, Clock& clock)
    : thread_(std::make_unique<Thread>(std::move(config), clock)) {}

WorkerClient::~WorkerClient() {
  stop(0);
}

Result<void> WorkerClient::start() {
  return thread_->start();
}

std::optional<Work> WorkerClient::next() {
  return thread_->next();
}

void WorkerClient::complete(const std::string& token, std::string result) {
  thread_->end([&](WorkerLink& link) { link.complete(token, std::move(result)); });
}

void WorkerClient::fail(const std::string& token, WorkFailure failure) {
  thread_->end([&](WorkerLink& link) { link.fail(token, std::move(failure)); });
}

void WorkerClient::drain() {
  thread_->drain();
}

bool WorkerClient::stop(std::int64_t timeout_ms) {
  return thread_->stop(timeout_ms);
}

std::size_t WorkerClient::in_hand() const {
  return thread_->in_hand();
}

}  // namespace endure::gateway
