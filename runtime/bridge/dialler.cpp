#include "runtime/bridge/dialler.hpp"

#include <atomic>
#include <cstring>

namespace endure::bridge {

namespace {

// Frames in the pipe to a peer; what else waits is counted by the link.
constexpr int frames_in_pipe = 16;
constexpr int farewell_ms = 100;

std::string monitor_name() {
  static std::atomic<std::uint64_t> count{0};
  return "inproc://bridge-monitor-" + std::to_string(++count);
}

constexpr int failures = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                         ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
constexpr int watched = failures | ZMQ_EVENT_DISCONNECTED;

}  // namespace

void Dialler::dial(const KeyPair* own, const std::string& their_key) {
  hang_up();
  socket_.emplace(context_, zmq::socket_type::dealer);
  socket_->set(zmq::sockopt::linger, farewell_ms);
  socket_->set(zmq::sockopt::immediate, true);
  socket_->set(zmq::sockopt::sndhwm, frames_in_pipe);
  socket_->set(zmq::sockopt::rcvhwm, frames_in_pipe);
  socket_->set(zmq::sockopt::reconnect_ivl, 100);
  socket_->set(zmq::sockopt::reconnect_ivl_max, 1'000);
  socket_->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(max_message_bytes_));
  if (own != nullptr) {
    socket_->set(zmq::sockopt::curve_publickey, own->public_key);
    socket_->set(zmq::sockopt::curve_secretkey, own->secret_key);
    socket_->set(zmq::sockopt::curve_serverkey, their_key);
  }
  const auto name = monitor_name();
  if (zmq_socket_monitor(socket_->handle(), name.c_str(), watched) == 0) {
    monitor_.emplace(context_, zmq::socket_type::pair);
    monitor_->set(zmq::sockopt::linger, 0);
    monitor_->connect(name);
  }
  socket_->connect(address_);
}

void Dialler::hang_up() {
  if (socket_) zmq_socket_monitor(socket_->handle(), nullptr, 0);
  monitor_.reset();
  socket_.reset();
}

bool Dialler::send(const std::string& frame) {
  return socket_ && socket_->send(zmq::buffer(frame), zmq::send_flags::dontwait).has_value();
}

std::optional<std::string> Dialler::receive() {
  zmq::message_t frame;
  if (!socket_ || !socket_->recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  return frame.to_string();
}

Dialler::Events Dialler::events() {
  Events events;
  std::string& why = events.failure;
  zmq::message_t event;
  while (monitor_ && monitor_->recv(event, zmq::recv_flags::dontwait)) {
    std::uint16_t kind = 0;
    if (event.size() >= sizeof kind) std::memcpy(&kind, event.data(), sizeof kind);
    while (event.more() && monitor_->recv(event, zmq::recv_flags::dontwait)) {
    }
    if ((kind & ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) != 0) {
      why = "it does not know this node's key: its folder cluster.keys lacks it";
    } else if ((kind & ZMQ_EVENT_DISCONNECTED) != 0) {
      events.broken = true;
    } else if ((kind & failures) != 0) {
      why =
          "no secure connection came about: its key is not the one in cluster.keys, or one of "
          "the two has no keys";
    }
  }
  return events;
}

}  // namespace endure::bridge
