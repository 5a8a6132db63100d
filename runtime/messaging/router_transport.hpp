// A ROUTER socket as a Transport. On the thread that owns the socket.
#pragma once

#include <string>
#include <zmq.hpp>

#include "runtime/messaging/transport.hpp"

namespace endure::messaging {

class RouterTransport final : public Transport {
 public:
  // The socket must outlive it, and say what it cannot route (ZMQ_ROUTER_MANDATORY). `who`: for the
  // log, where sending fails for another reason.
  RouterTransport(zmq::socket_t& socket, std::string who) : socket_(socket), who_(std::move(who)) {}

  Sent send(const std::string& route, const std::string& frame) override;

 private:
  zmq::socket_t& socket_;
  const std::string who_;
};

}  // namespace endure::messaging
