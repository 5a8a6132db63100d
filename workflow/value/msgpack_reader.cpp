#include "workflow/value/msgpack_reader.hpp"

#include <bit>
#include <cmath>
#include <utility>

#include "base/utf8.hpp"

namespace endure::workflow {

namespace {

constexpr const char* too_short = "it ends too early";
constexpr const char* not_finite = "a number is NaN or infinite, which JSON does not have";
constexpr const char* binary_data = "it holds binary data, which JSON does not have";
constexpr const char* no_text_key = "a map's key is not a text";

std::string too_deep(const JsonLimits& limits) {
  return "it is nested deeper than " + std::to_string(limits.max_depth) + " levels";
}

}  // namespace

void Reader::fail(std::string why) {
  if (!ok()) return;
  error_ = std::move(why);
  position_ = bytes_.size();
}

inline std::string_view Reader::take(std::uint64_t size) {
  if (size > bytes_.size() - position_) {
    fail(too_short);
    return {};
  }
  const std::string_view part(bytes_.data() + position_, size);
  position_ += size;
  return part;
}

inline std::uint64_t Reader::big_endian(std::size_t size) {
  std::uint64_t number = 0;
  for (const char c : take(size)) number = (number << 8U) | static_cast<std::uint8_t>(c);
  return number;
}

// The next value's kind, and its value or its length.
inline Reader::Head Reader::head() {
  using Kind = Head::Kind;
  if (position_ == bytes_.size()) {
    fail(too_short);
    return {};
  }
  const auto tag = static_cast<std::uint8_t>(bytes_[position_++]);
  if (tag <= 0x7F) return {Kind::natural, tag, 0};
  if (tag <= 0x8F) return {Kind::map, tag & 0x0FU, 0};
  if (tag <= 0x9F) return {Kind::array, tag & 0x0FU, 0};
  if (tag <= 0xBF) return {Kind::text, tag & 0x1FU, 0};
  if (tag >= 0xE0) {
    return {Kind::negative, static_cast<std::uint64_t>(static_cast<std::int8_t>(tag)), 0};
  }
  return sized_head(tag);
}

Reader::Head Reader::sized_head(std::uint8_t tag) {
  using Kind = Head::Kind;
  const auto sized = [&](Kind kind, std::size_t size) { return Head{kind, big_endian(size), 0}; };
  const auto with_sign = [&](std::size_t size) {
    const auto shift = 64 - 8 * size;
    const auto number = static_cast<std::int64_t>(big_endian(size) << shift) >> shift;
    return Head{number < 0 ? Kind::negative : Kind::natural, static_cast<std::uint64_t>(number), 0};
  };
  switch (tag) {
    case 0xC0: return {Kind::nil, 0, 0};
    case 0xC2: return {Kind::boolean, 0, 0};
    case 0xC3: return {Kind::boolean, 1, 0};
    case 0xC4: return sized(Kind::bytes, 1);
    case 0xC5: return sized(Kind::bytes, 2);
    case 0xC6: return sized(Kind::bytes, 4);
    case 0xCA: {
      const auto bits = static_cast<std::uint32_t>(big_endian(4));
      return {Kind::real, 0, static_cast<double>(std::bit_cast<float>(bits))};
    }
    case 0xCB: return {Kind::real, 0, std::bit_cast<double>(big_endian(8))};
    case 0xCC: return sized(Kind::natural, 1);
    case 0xCD: return sized(Kind::natural, 2);
    case 0xCE: return sized(Kind::natural, 4);
    case 0xCF: return sized(Kind::natural, 8);
    case 0xD0: return with_sign(1);
    case 0xD1: return with_sign(2);
    case 0xD2: return with_sign(4);
    case 0xD3: return with_sign(8);
    case 0xD9: return sized(Kind::text, 1);
    case 0xDA: return sized(Kind::text, 2);
    case 0xDB: return sized(Kind::text, 4);
    case 0xDC: return sized(Kind::array, 2);
    case 0xDD: return sized(Kind::array, 4);
    case 0xDE: return sized(Kind::map, 2);
    case 0xDF: return sized(Kind::map, 4);
    default: fail("it holds a msgpack extension type or an unknown tag"); return {};
  }
}

std::uint64_t Reader::natural() {
  const auto h = head();
  if (h.kind == Head::Kind::natural) return h.number;
  fail("a natural number was expected");
  return 0;
}

std::uint64_t Reader::natural_up_to(std::uint64_t most) {
  const auto number = natural();
  if (number <= most) return number;
  fail("a number is too large");
  return 0;
}

std::int64_t Reader::integer() {
  const auto h = head();
  if (h.kind == Head::Kind::negative) return static_cast<std::int64_t>(h.number);
  if (h.kind == Head::Kind::natural &&
      h.number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return static_cast<std::int64_t>(h.number);
  }
  fail("an integer was expected");
  return 0;
}

bool Reader::flag() {
  const auto h = head();
  if (h.kind != Head::Kind::boolean) fail("a boolean was expected");
  return h.kind == Head::Kind::boolean && h.number == 1;
}

std::string_view Reader::text() {
  const auto h = head();
  if (h.kind == Head::Kind::text) return take(h.number);
  fail("a text was expected");
  return {};
}

std::string_view Reader::bytes() {
  const auto h = head();
  if (h.kind == Head::Kind::bytes) return take(h.number);
  fail("bytes were expected");
  return {};
}

// A declared number of elements cannot exceed what the bytes at hand could hold.
std::uint32_t Reader::count(std::uint64_t declared, std::uint64_t least_bytes_each) {
  if (declared <= (bytes_.size() - position_) / least_bytes_each) {
    return static_cast<std::uint32_t>(declared);
  }
  fail(too_short);
  return 0;
}

std::uint32_t Reader::array() {
  const auto h = head();
  if (h.kind == Head::Kind::array) return count(h.number, 1);
  fail("an array was expected");
  return 0;
}

std::uint32_t Reader::map() {
  const auto h = head();
  if (h.kind == Head::Kind::map) return count(h.number, 2);
  fail("a map was expected");
  return 0;
}

Value Reader::value() {
  const auto bytes = skip({std::numeric_limits<std::size_t>::max(), false});
  return ok() ? Value::from_packed(std::string(bytes)) : Value();
}

// -- JSON ---------------------------------------------------------------------

std::string_view Reader::json_text(std::uint64_t size, const JsonLimits& limits) {
  const auto part = take(size);
  if (limits.check_text && !is_utf8(part)) fail("a text is not UTF-8");
  return part;
}

// False for an array or map, whose children follow.
bool Reader::read_scalar(const Head& h, const JsonLimits& limits, Json& into) {
  using Kind = Head::Kind;
  switch (h.kind) {
    case Kind::array: into = Json::array(); return false;
    case Kind::map: into = Json::object(); return false;
    case Kind::boolean: into = h.number == 1; return true;
    case Kind::natural: into = h.number; return true;
    case Kind::negative: into = static_cast<std::int64_t>(h.number); return true;
    case Kind::text: into = std::string(json_text(h.number, limits)); return true;
    case Kind::real:
      if (!std::isfinite(h.real)) fail(not_finite);
      into = h.real;
      return true;
    case Kind::bytes: fail(binary_data); return true;
    case Kind::nil:
    case Kind::none: into = nullptr; return true;
  }
  return true;
}

void Reader::skip_scalar(const Head& h, const JsonLimits& limits) {
  if (h.kind == Head::Kind::text) json_text(h.number, limits);
  if (h.kind == Head::Kind::real && !std::isfinite(h.real)) fail(not_finite);
  if (h.kind == Head::Kind::bytes) fail(binary_data);
}

std::string_view Reader::skip(const JsonLimits& limits) {
  struct Open {
    bool is_map;
    std::uint32_t left;
  };
  const std::size_t begin = position_;
  std::vector<Open> open;
  while (ok()) {
    const auto h = head();
    const bool is_map = h.kind == Head::Kind::map;
    if (is_map || h.kind == Head::Kind::array) {
      if (open.size() >= limits.max_depth) {
        fail(too_deep(limits));
        break;
      }
      open.push_back({is_map, count(h.number, is_map ? 2 : 1)});
    } else {
      skip_scalar(h, limits);
    }
    while (!open.empty() && open.back().left == 0) open.pop_back();
    if (open.empty()) break;
    --open.back().left;
    if (!open.back().is_map) continue;
    const auto key = head();
    if (key.kind != Head::Kind::text) {
      fail(no_text_key);
      break;
    }
    json_text(key.number, limits);
  }
  return ok() ? bytes_.substr(begin, position_ - begin) : std::string_view{};
}

Json Reader::json(const JsonLimits& limits) {
  struct Open {
    Json* node;
    std::uint32_t left;
  };
  Json root;
  // Pointers into the tree hold: a container grows only while none of its children is open.
  std::vector<Open> open;
  Json* slot = &root;
  while (ok()) {
    const auto h = head();
    if (!read_scalar(h, limits, *slot)) {
      if (open.size() >= limits.max_depth) {
        fail(too_deep(limits));
        break;
      }
      open.push_back({slot, count(h.number, slot->is_object() ? 2 : 1)});
    }
    while (!open.empty() && open.back().left == 0) open.pop_back();
    if (open.empty()) break;
    auto& parent = open.back();
    --parent.left;
    if (parent.node->is_array()) {
      slot = &parent.node->get_ref<Json::array_t&>().emplace_back();
      continue;
    }
    const auto key = head();
    if (key.kind != Head::Kind::text) {
      fail(no_text_key);
      break;
    }
    auto& object = parent.node->get_ref<Json::object_t&>();
    slot = &object.emplace_hint(object.end(), json_text(key.number, limits), nullptr)->second;
  }
  return ok() ? root : Json();
}

}  // namespace endure::workflow
