#include "runtime/gateway/msgpack_reader.hpp"

#include "base/utf8.hpp"

namespace endure::gateway {

namespace {

constexpr std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

// How a value goes on after its first byte.
struct Shape {
  std::uint8_t size_bytes = 0;  // of a big-endian length that follows
  std::uint32_t payload = 0;    // bytes that follow (besides those counted by the length)
  std::uint32_t children = 0;   // known from the first byte
  enum Kind : std::uint8_t { plain, text, binary, extension, array, map, wrong } kind = plain;
};

Shape shape_of(std::uint8_t head) {
  if (head <= 0x7f || head >= 0xe0) return {};
  if (head <= 0x8f) return {0, 0, 2U * (head & 0x0fU), Shape::plain};
  if (head <= 0x9f) return {0, 0, head & 0x0fU, Shape::plain};
  if (head <= 0xbf) return {0, head & 0x1fU, 0, Shape::text};
  switch (head) {
    case 0xc0:
    case 0xc2:
    case 0xc3: return {};
    case 0xc4: return {1, 0, 0, Shape::binary};
    case 0xc5: return {2, 0, 0, Shape::binary};
    case 0xc6: return {4, 0, 0, Shape::binary};
    case 0xc7: return {1, 1, 0, Shape::extension};
    case 0xc8: return {2, 1, 0, Shape::extension};
    case 0xc9: return {4, 1, 0, Shape::extension};
    case 0xca: return {0, 4, 0, Shape::plain};
    case 0xcb: return {0, 8, 0, Shape::plain};
    case 0xcc:
    case 0xd0: return {0, 1, 0, Shape::plain};
    case 0xcd:
    case 0xd1: return {0, 2, 0, Shape::plain};
    case 0xce:
    case 0xd2: return {0, 4, 0, Shape::plain};
    case 0xcf:
    case 0xd3: return {0, 8, 0, Shape::plain};
    case 0xd4: return {0, 2, 0, Shape::extension};
    case 0xd5: return {0, 3, 0, Shape::extension};
    case 0xd6: return {0, 5, 0, Shape::extension};
    case 0xd7: return {0, 9, 0, Shape::extension};
    case 0xd8: return {0, 17, 0, Shape::extension};
    case 0xd9: return {1, 0, 0, Shape::text};
    case 0xda: return {2, 0, 0, Shape::text};
    case 0xdb: return {4, 0, 0, Shape::text};
    case 0xdc: return {2, 0, 0, Shape::array};
    case 0xdd: return {4, 0, 0, Shape::array};
    case 0xde: return {2, 0, 0, Shape::map};
    case 0xdf: return {4, 0, 0, Shape::map};
    default: return {0, 0, 0, Shape::wrong};
  }
}

}  // namespace

void MsgpackReader::fail(const char* why) {
  if (failure_ == nullptr) failure_ = why;
  rest_ = {};
}

std::optional<std::uint8_t> MsgpackReader::head() {
  if (rest_.empty()) {
    fail("the message ends too early");
    return std::nullopt;
  }
  const auto first = byte_of(rest_.front());
  rest_.remove_prefix(1);
  return first;
}

std::string_view MsgpackReader::take(std::size_t bytes) {
  if (bytes > rest_.size()) {
    fail("the message ends too early");
    return {};
  }
  const auto taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

std::uint64_t MsgpackReader::big_endian(std::size_t bytes) {
  std::uint64_t number = 0;
  for (const char c : take(bytes)) number = number << 8U | byte_of(c);
  return number;
}

std::uint32_t MsgpackReader::array() {
  const auto first = head();
  if (!first) return 0;
  std::uint64_t size = 0;
  if (*first >= 0x90 && *first <= 0x9f) {
    size = *first & 0x0fU;
  } else if (*first == 0xdc || *first == 0xdd) {
    size = big_endian(*first == 0xdc ? 2 : 4);
  } else {
    fail("an array was expected");
  }
  if (size > rest_.size()) fail("an array claims more elements than the message holds");
  return failed() ? 0 : static_cast<std::uint32_t>(size);
}

std::string_view MsgpackReader::text(std::size_t limit) {
  const auto first = head();
  if (!first) return {};
  const Shape shape = shape_of(*first);
  if (shape.kind != Shape::text) {
    fail("a string was expected");
    return {};
  }
  const std::uint64_t length = shape.size_bytes == 0 ? shape.payload : big_endian(shape.size_bytes);
  const std::string_view found = take(static_cast<std::size_t>(length));
  if (found.size() > limit) fail("a string is longer than is allowed there");
  if (!failed() && !is_utf8(found)) fail("a string is not UTF-8");
  return failed() ? std::string_view{} : found;
}

std::uint64_t MsgpackReader::number() {
  const std::int64_t found = signed_number();
  if (found < 0) fail("a number is negative or too large");
  return failed() ? 0 : static_cast<std::uint64_t>(found);
}

std::int64_t MsgpackReader::signed_number() {
  const auto first = head();
  if (!first) return 0;
  if (*first <= 0x7f) return *first;
  if (*first >= 0xe0) return static_cast<std::int8_t>(*first);
  switch (*first) {
    case 0xcc: return static_cast<std::int64_t>(big_endian(1));
    case 0xcd: return static_cast<std::int64_t>(big_endian(2));
    case 0xce: return static_cast<std::int64_t>(big_endian(4));
    case 0xcf: {
      const std::uint64_t large = big_endian(8);
      if (large > INT64_MAX) fail("a number is negative or too large");
      return failed() ? 0 : static_cast<std::int64_t>(large);
    }
    case 0xd0: return static_cast<std::int8_t>(big_endian(1));
    case 0xd1: return static_cast<std::int16_t>(big_endian(2));
    case 0xd2: return static_cast<std::int32_t>(big_endian(4));
    case 0xd3: return static_cast<std::int64_t>(big_endian(8));
    default: fail("a whole number was expected"); return 0;
  }
}

bool MsgpackReader::boolean() {
  const auto first = head();
  if (first && *first != 0xc2 && *first != 0xc3) fail("true or false was expected");
  return !failed() && *first == 0xc3;
}

bool MsgpackReader::nil() {
  if (rest_.empty() || byte_of(rest_.front()) != 0xc0) return false;
  rest_.remove_prefix(1);
  return true;
}

std::string_view MsgpackReader::raw(const char*& json_problem) {
  const std::string_view before = rest_;
  for (std::uint64_t values = 1; values > 0 && !failed(); --values) {
    const auto first = head();
    if (!first) break;
    const Shape shape = shape_of(*first);
    const std::uint64_t length = big_endian(shape.size_bytes);
    values += shape.children;
    if (shape.kind == Shape::array || shape.kind == Shape::map) {
      values += length * (shape.kind == Shape::map ? 2 : 1);
      if (values > rest_.size() + 1) fail("a container claims more than the message holds");
      continue;
    }
    const auto payload = take(static_cast<std::size_t>(shape.payload + length));
    if (shape.kind == Shape::wrong) fail("the byte 0xc1 is no msgpack");
    if (shape.kind == Shape::text && !is_utf8(payload))
      json_problem = "holds a string that is not UTF-8";
    if (shape.kind == Shape::binary) json_problem = "holds binary data, which JSON cannot";
    if (shape.kind == Shape::extension) json_problem = "holds an extension type, which JSON cannot";
  }
  return failed() ? std::string_view{} : before.substr(0, before.size() - rest_.size());
}

void MsgpackReader::skip() {
  const char* ignored = nullptr;
  raw(ignored);
}

}  // namespace endure::gateway
