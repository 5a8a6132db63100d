#include "runtime/bridge/zap.hpp"

#include <zmq.h>

#include <array>

namespace endure::bridge {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t key_length = 40;

// version, request, domain, address, identity, mechanism, credentials
constexpr std::size_t mechanism_frame = 5;
constexpr std::size_t key_frame = 6;

std::string z85(const std::string& key) {
  std::array<char, key_length + 1> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
  return text.data();
}

}  // namespace

ZapAnswer answer_zap(const std::vector<std::string>& request, const std::set<std::string>& known) {
  const std::string id = request.size() > 1 ? request[1] : "";
  const bool curve = request.size() > key_frame && request[mechanism_frame] == "CURVE" &&
                     request[key_frame].size() == key_bytes;
  if (!curve) return {{"1.0", id, "400", "a CURVE key is expected", "", ""}, {}};
  auto key = z85(request[key_frame]);
  if (known.contains(key)) return {{"1.0", id, "200", "OK", key, ""}, {}};
  return {{"1.0", id, "400", "the key is unknown", "", ""}, std::move(key)};
}

}  // namespace endure::bridge
