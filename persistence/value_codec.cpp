// JSON values as workers get and send them.
#include "persistence/codec.hpp"
#include "persistence/msgpack_reader.hpp"
#include "persistence/msgpack_writer.hpp"

namespace endure::persistence {

std::string encode_value(const workflow::Value& value) {
  std::string out;
  Writer(out).json(value.json());
  return out;
}

Result<workflow::Value> decode_value(std::string_view bytes, std::size_t max_depth) {
  Reader reader(bytes);
  auto json = reader.json({max_depth, true});
  if (!reader.ok()) return fail(Code::invalid, "the value cannot be read: " + reader.error());
  if (!reader.at_end()) return fail(Code::invalid, "bytes are left over behind the value");
  return json.is_null() ? workflow::Value() : workflow::Value(std::move(json));
}

}  // namespace endure::persistence
