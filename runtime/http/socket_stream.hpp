// One connection's socket as the stream that cpp-httplib reads requests from, with what the library
// itself does not bound: the time that a whole request may take to arrive, the size of its head,
// and the time that a client may take to accept a response. Used by the connection's own thread
// alone.
#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace endure::http {

struct StreamLimits {
  std::int64_t keep_alive_ms = 30'000;  // between two requests
  std::int64_t request_ms = 30'000;     // for a request to arrive whole
  std::int64_t write_ms = 10'000;       // without progress
  std::size_t max_head_bytes = 32'768;  // request line and all headers
  std::size_t max_line_bytes = 8'192;   // one of them
};

class SocketStream final : public httplib::Stream {
 public:
  SocketStream(int socket, StreamLimits limits) : socket_(socket), limits_(limits) {}

  // Waits for the first byte of a request. False: closed, cut or idle for too long.
  bool wait_for_request();
  void begin_request();
  // The head is read: from now on its size does not count.
  void end_head() { in_head_ = false; }

  bool head_too_large() const { return head_too_large_; }
  bool timed_out() const { return timed_out_; }
  bool anything_written() const { return anything_written_; }

  // Reads away what the client still sends, for a moment, so that closing does not reset the
  // connection under a response that is on its way.
  void linger();

  // -- httplib::Stream --
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  // Not the real number: the library compares it with FD_SETSIZE, for a select() that is not used.
  socket_t socket() const override { return 0; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  bool fill(SteadyTime deadline);
  bool count_head(const char* bytes, std::size_t size);

  const int socket_;
  const StreamLimits limits_;
  SteadyTime deadline_;
  bool in_head_ = true;
  std::size_t head_bytes_ = 0;
  std::size_t line_bytes_ = 0;
  bool head_too_large_ = false;
  bool timed_out_ = false;
  bool anything_written_ = false;
  std::array<char, 16'384> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace endure::http
