// JSON values as workers get and send them.
#include "persistence/codec.hpp"
#include "persistence/msgpack.hpp"

namespace endure::persistence {

std::string encode_value(const workflow::Value& value) {
  return std::string(value.packed());
}

Result<workflow::Value> decode_value(std::string_view bytes, std::size_t max_depth) {
  Reader reader(bytes);
  const auto value = reader.skip({max_depth, true});
  if (!reader.ok()) return fail(Code::invalid, "the value cannot be read: " + reader.error());
  if (!reader.at_end()) return fail(Code::invalid, "bytes are left over behind the value");
  return workflow::Value::from_packed(std::string(value));
}

}  // namespace endure::persistence
