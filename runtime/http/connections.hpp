// The open connections of the server: so that an idle one can make room for a new one, and all can
// be ended at a stop. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

namespace endure::http {

class Connections {
 public:
  // False while the server stops: close the socket.
  bool add(int socket);
  // Call before the socket is closed, so that nobody touches a number that was given out again.
  void remove(int socket);
  // Between two requests of a connection it may be ended to make room.
  void set_idle(int socket, bool idle);

  // Ends the connection that idles longest. False where none idles.
  bool end_longest_idle();

  // No further requests are read; those under way may finish.
  void refuse_more();
  // Waits until all connections are gone; false after `grace`.
  bool wait_empty(std::chrono::milliseconds grace);
  // Cuts what is left.
  void cut();

 private:
  struct Entry {
    bool idle = false;
    std::uint64_t since = 0;
  };

  std::mutex mutex_;
  std::condition_variable gone_;
  bool stopping_ = false;
  std::uint64_t ticks_ = 0;
  std::map<int, Entry> entries_;
};

}  // namespace endure::http
