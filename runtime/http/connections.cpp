#include "runtime/http/connections.hpp"

#include <sys/socket.h>

namespace endure::http {

bool Connections::add(int socket) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  entries_[socket] = {};
  return true;
}

void Connections::remove(int socket) {
  const std::lock_guard lock(mutex_);
  entries_.erase(socket);
  if (entries_.empty()) gone_.notify_all();
}

void Connections::set_idle(int socket, bool idle) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(socket);
  if (it != entries_.end()) it->second = {idle, ++ticks_};
}

bool Connections::end_longest_idle() {
  const std::lock_guard lock(mutex_);
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    const bool older = oldest == entries_.end() || it->second.since < oldest->second.since;
    if (it->second.idle && older) oldest = it;
  }
  if (oldest == entries_.end()) return false;
  oldest->second.idle = false;  // it is on its way out; the next call picks another one
  ::shutdown(oldest->first, SHUT_RD);
  return true;
}

void Connections::refuse_more() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [socket, entry] : entries_) ::shutdown(socket, SHUT_RD);
}

bool Connections::wait_empty(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  return gone_.wait_for(lock, grace, [this] { return entries_.empty(); });
}

void Connections::cut() {
  const std::lock_guard lock(mutex_);
  for (const auto& [socket, entry] : entries_) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace endure::http
