#include "runtime/messaging/router_transport.hpp"

#include <cerrno>

#include "base/log.hpp"

namespace endure::messaging {

Transport::Sent RouterTransport::send(const std::string& route, const std::string& frame) {
  try {
    const auto flags = zmq::send_flags::dontwait;
    if (!socket_.send(zmq::buffer(route), flags | zmq::send_flags::sndmore)) return Sent::later;
    // The second part follows the first one's fate.
    return socket_.send(zmq::buffer(frame), flags) ? Sent::yes : Sent::later;
  } catch (const zmq::error_t& error) {
    if (error.num() == EHOSTUNREACH) return Sent::unreachable;
    log(Level::error, who_ + " cannot send", {{"error", error.what()}});
    return Sent::unreachable;
  }
}

}  // namespace endure::messaging
