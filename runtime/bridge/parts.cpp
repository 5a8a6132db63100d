#include "runtime/bridge/parts.hpp"

namespace endure::bridge {

std::vector<std::string> receive_parts(zmq::socket_t& socket) {
  std::vector<std::string> parts;
  zmq::message_t part;
  do {
    if (!socket.recv(part, zmq::recv_flags::dontwait)) return {};
    parts.push_back(part.to_string());
  } while (part.more());
  return parts;
}

void send_parts(zmq::socket_t& socket, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    socket.send(zmq::buffer(parts[i]), last ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
}

}  // namespace endure::bridge
