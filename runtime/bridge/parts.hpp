// Messages of several parts. On the thread that owns the socket.
#pragma once

#include <string>
#include <vector>
#include <zmq.hpp>

namespace endure::bridge {

// The next message; empty: none has come. Never waits.
std::vector<std::string> receive_parts(zmq::socket_t& socket);
void send_parts(zmq::socket_t& socket, const std::vector<std::string>& parts);

}  // namespace endure::bridge
