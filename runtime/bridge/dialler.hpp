// The socket of one link: a DEALER that is made anew whenever its link asks for it, and the monitor
// that tells why a connection could not be made. The bridge's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "runtime/bridge/keys.hpp"

namespace endure::bridge {

class Dialler {
 public:
  Dialler(zmq::context_t& context, std::string address, std::size_t max_message_bytes)
      : context_(context), address_(std::move(address)), max_message_bytes_(max_message_bytes) {}

  // Begins to connect. Throws zmq::error_t for an address that is none.
  void dial(const KeyPair* own, const std::string& their_key);
  void hang_up();

  bool send(const std::string& frame);  // false: not now
  // The next frame that has come, if any.
  std::optional<std::string> receive();
  // What has happened to the connection since the last call.
  struct Events {
    std::string failure;  // why none was made; empty: nothing failed
    bool broken = false;  // one was lost
  };
  Events events();

  void* handle() { return socket_ ? socket_->handle() : nullptr; }

 private:
  zmq::context_t& context_;
  const std::string address_;
  const std::size_t max_message_bytes_;
  std::optional<zmq::socket_t> socket_;
  std::optional<zmq::socket_t> monitor_;
};

}  // namespace endure::bridge
