// ZeroMQ's authentication protocol (RFC 27), as far as a bridge needs it: a CURVE key that is known
// is let in, and is the user of all that comes on its connection. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace endure::bridge {

struct ZapAnswer {
  std::vector<std::string> frames;
  std::string refused_key;  // Z85; empty where the key is known, or none was shown
};

// `request`: the frames of one request. `known`: public keys in Z85.
ZapAnswer answer_zap(const std::vector<std::string>& request, const std::set<std::string>& known);

}  // namespace endure::bridge
