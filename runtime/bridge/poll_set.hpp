// The sockets and descriptors that a thread waits for together, and which of them had something.
#pragma once

#include <zmq.h>

#include <cstdint>
#include <vector>

namespace endure::bridge {

class PollSet {
 public:
  void clear() { items_.clear(); }
  // `sends`: also until the socket takes a frame.
  void add(void* socket, bool sends = false);
  void add(int descriptor);

  // Until one of them has something, or `timeout_ms` have passed; a signal ends it, too.
  void wait(std::int64_t timeout_ms);
  // Whether the socket had something. Asking one that has nothing for a frame costs a system call.
  bool readable(const void* socket) const;

 private:
  std::vector<zmq_pollitem_t> items_;
};

}  // namespace endure::bridge
