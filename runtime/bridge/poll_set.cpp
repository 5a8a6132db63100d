#include "runtime/bridge/poll_set.hpp"

#include <algorithm>

namespace endure::bridge {

void PollSet::add(void* socket, bool sends) {
  items_.push_back(
      {socket, 0, static_cast<short>(sends ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN), 0});
}

void PollSet::add(int descriptor) {
  items_.push_back({nullptr, descriptor, ZMQ_POLLIN, 0});
}

void PollSet::wait(std::int64_t timeout_ms) {
  // The C call: a signal may interrupt it, which is nothing to throw about.
  zmq_poll(items_.data(), static_cast<int>(items_.size()), static_cast<long>(timeout_ms));
}

bool PollSet::readable(const void* socket) const {
  return std::any_of(items_.begin(), items_.end(), [socket](const zmq_pollitem_t& item) {
    return item.socket == socket && socket != nullptr && (item.revents & ZMQ_POLLIN) != 0;
  });
}

}  // namespace endure::bridge
