#include "workflow/value/packed_object.hpp"

#include <limits>
#include <string>

#include "base/assert.hpp"
#include "workflow/value/msgpack_reader.hpp"
#include "workflow/value/msgpack_writer.hpp"

namespace endure::workflow {

namespace {

// A Value's own bytes are sound; nothing of them is checked again.
constexpr JsonLimits sound{std::numeric_limits<std::size_t>::max(), false};

// Where a member stands in an object's bytes, or would stand: members are in the order of their
// names.
struct Place {
  std::uint32_t members = 0;  // of the object
  std::size_t head = 0;       // the length of its head
  std::size_t begin = 0;      // of the member with its name
  std::size_t end = 0;        // as `begin` where there is none
  std::string_view value;     // its bytes; empty where there is none
};

Place find(std::string_view bytes, std::string_view name) {
  Reader reader(bytes);
  Place place;
  place.members = reader.map();
  place.head = reader.position();
  place.begin = place.head;
  for (std::uint32_t i = 0; i < place.members; ++i) {
    const std::string_view each = reader.text();
    const std::string_view value = reader.skip(sound);
    if (each == name) {
      place.value = value;
      place.end = reader.position();
      return place;
    }
    // Bytes from elsewhere may have any order; then a new one stands behind the last smaller one.
    if (each < name) place.begin = reader.position();
  }
  ENDURE_ASSERT(reader.ok());
  place.end = place.begin;
  return place;
}

}  // namespace

Value member(const Value& object, std::string_view name) {
  if (!object.is_object()) return {};
  return Value::from_packed(std::string(find(object.packed(), name).value));
}

Value with_member(const Value& object, std::string_view name, const Value& value) {
  ENDURE_ASSERT(object.is_object() || object.is_null());
  const std::string_view bytes = object.is_null() ? std::string_view("\x80", 1) : object.packed();
  const Place place = find(bytes, name);
  std::string out;
  out.reserve(bytes.size() + name.size() + value.packed().size() + 8);
  Writer writer(out);
  writer.map(place.members + (place.value.empty() ? 1 : 0));
  out += bytes.substr(place.head, place.begin - place.head);
  writer.text(name);
  writer.value(value);
  out += bytes.substr(place.end);
  return Value::from_packed(std::move(out));
}

}  // namespace endure::workflow
