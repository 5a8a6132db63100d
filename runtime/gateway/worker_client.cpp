#include "runtime/gateway/worker_client.hpp"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <zmq.hpp>

#include "base/log.hpp"
#include "base/placement.hpp"
#include "runtime/gateway/worker_link.hpp"
#include "runtime/messaging/wake_up.hpp"

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

// One node: the rules of the conversation, and its socket. The socket is the thread's alone.
struct Connection {
  Connection(const WorkerClientConfig& config, std::string to)
      : address(std::move(to)), link(at(config, address), random_instance()) {}
  static WorkerClientConfig at(WorkerClientConfig config, const std::string& address) {
    config.address = address;
    return config;
  }

  const std::string address;
  WorkerLink link;
  zmq::socket_t socket;
};

class WorkerClient::Thread {
 public:
  Thread(WorkerClientConfig config, Clock& clock)
      : config_(named(std::move(config))), clock_(clock) {
    connections_.push_back(std::make_unique<Connection>(config_, config_.address));
  }

  Result<void> start() {
    if (config_.queues.empty()) return endure::fail(Code::invalid, "a worker needs a queue");
    try {
      connect(*connections_.front());
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
    for (;;) {
      if (draining_) return std::nullopt;
      // The nodes in turn, so that none waits for the others' steps.
      for (std::size_t i = 0; i < connections_.size(); ++i) {
        WorkerLink& link = connections_[turn_++ % connections_.size()]->link;
        if (link.has_ready()) return link.take();
      }
      ready_.wait(lock);
    }
  }

  // Ends a step; the thread is woken for the first of those that it will send together.
  template <class End>
  void end(const std::string& token, End end) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      for (auto& connection : connections_) {
        if (!connection->link.holds(token)) continue;
        first = !connection->link.has_unsent_ends();
        end(connection->link);
        break;
      }
    }
    if (first) wake_.wake();
  }

  void drain() {
    {
      const std::lock_guard lock(mutex_);
      draining_ = true;
      for (auto& connection : connections_) connection->link.drain();
    }
    ready_.notify_all();
    wake_.wake();
  }

  bool stop(std::int64_t timeout_ms) {
    if (!thread_.joinable()) return in_hand() == 0;
    drain();
    bool empty = false;
    {
      std::unique_lock lock(mutex_);
      empty = answered_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                 [this] { return count_in_hand() == 0; });
      for (auto& connection : connections_) connection->link.goodbye();
      leaving_ = true;
    }
    wake_.wake();
    thread_.join();
    return empty;
  }

  std::size_t in_hand() const {
    const std::lock_guard lock(mutex_);
    return count_in_hand();
  }

 private:
  std::size_t count_in_hand() const {
    std::size_t count = 0;
    for (const auto& connection : connections_) count += connection->link.in_hand();
    return count;
  }

  void connect(Connection& to) {
    to.socket = zmq::socket_t(context_, zmq::socket_type::dealer);
    to.socket.set(zmq::sockopt::linger, 0);
    to.socket.set(zmq::sockopt::immediate, true);     // nothing queues up for an absent node
    to.socket.set(zmq::sockopt::probe_router, true);  // the node answers each new connection
    to.socket.set(zmq::sockopt::reconnect_ivl, 100);
    to.socket.set(zmq::sockopt::reconnect_ivl_max, 2'000);
    to.socket.connect(to.address);
    const std::lock_guard lock(mutex_);
    to.link.on_connecting(clock_.steady_ms());
  }

  void run() {
    std::optional<std::int64_t> leave_ms;  // when to go without the nodes' goodbye
    for (;;) {
      std::vector<zmq::pollitem_t> items = {{nullptr, wake_.descriptor(), ZMQ_POLLIN, 0}};
      for (auto& connection : connections_) {
        items.push_back({connection->socket.handle(), 0, ZMQ_POLLIN, 0});
      }
      zmq_poll(items.data(), static_cast<int>(items.size()), round_ms);
      wake_.drain();
      const std::int64_t now_ms = clock_.steady_ms();
      for (auto& connection : connections_) receive(*connection, now_ms);
      ready_.notify_all();
      answered_.notify_all();
      connect_others();
      const auto left = send(now_ms);
      if (!left) continue;
      if (!leave_ms) leave_ms = now_ms + goodbye_wait_ms;
      if (*left || now_ms >= *leave_ms) break;
    }
    for (auto& connection : connections_) connection->socket.close();
  }

  void receive(Connection& from, std::int64_t now_ms) {
    zmq::message_t frame;
    while (from.socket.recv(frame, zmq::recv_flags::dontwait)) {
      const std::lock_guard lock(mutex_);
      from.link.on_frame(frame.to_string_view(), now_ms);
    }
  }

  // To the nodes of the cluster that were named and that no connection leads to yet. A connection
  // that no node has answered on may lead to any: then they wait.
  void connect_others() {
    std::vector<std::string> addresses;
    {
      const std::lock_guard lock(mutex_);
      std::set<std::string> known;
      for (const auto& connection : connections_) {
        known.insert(connection->link.node());
        known.insert(connection->address);
      }
      if (draining_ || connections_.size() >= max_nodes || known.contains("")) return;
      for (const auto& connection : connections_) {
        for (const auto& [node, address] : connection->link.others()) {
          const bool fresh = known.insert(node).second && known.insert(address).second;
          if (fresh) addresses.push_back(address);
        }
      }
    }
    for (const auto& address : addresses) {
      auto connection = std::make_unique<Connection>(config_, address);
      try {
        connect(*connection);
      } catch (const zmq::error_t& error) {
        log(Level::warning, "a node cannot be connected to",
            {{"address", address}, {"error", error.what()}});
        continue;
      }
      const std::lock_guard lock(mutex_);
      connections_.push_back(std::move(connection));
    }
  }

  // Sends what is due. Once the worker leaves: whether the nodes have heard it.
  std::optional<bool> send(std::int64_t now_ms) {
    bool leaving = false;
    bool all_left = true;
    for (auto& connection : connections_) {
      std::vector<std::string> frames;
      bool silent = false;
      {
        const std::lock_guard lock(mutex_);
        connection->link.on_time(now_ms);
        frames = connection->link.outgoing();
        leaving = leaving_;
        all_left = all_left && connection->link.has_left();
        silent = !leaving_ && connection->link.is_silent(now_ms);
      }
      for (const auto& frame : frames) {
        // What does not get through now is said again by the next hello.
        if (!connection->socket.send(zmq::buffer(frame), zmq::send_flags::dontwait)) break;
      }
      if (silent) connect(*connection);
    }
    return leaving ? std::optional(all_left) : std::nullopt;
  }

  const WorkerClientConfig config_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable answered_;
  zmq::context_t context_{1};  // outlives the connections, whose sockets it waits for
  // Grows on the thread alone, with the lock; the others read with the lock.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t turn_ = 0;
  bool draining_ = false;
  bool leaving_ = false;
  messaging::WakeUp wake_;
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
  thread_->end(token, [&](WorkerLink& link) { link.complete(token, std::move(result)); });
}

void WorkerClient::fail(const std::string& token, WorkFailure failure) {
  thread_->end(token, [&](WorkerLink& link) { link.fail(token, std::move(failure)); });
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
