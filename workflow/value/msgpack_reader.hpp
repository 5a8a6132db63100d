// Reads msgpack from bytes that may be damaged or hostile. msgpack-cxx reads into a tree or pushes
// to a visitor; records are read field by field, so this reader is pulled.
//
// The first thing that does not fit sticks as the error; from then on every call gives an empty
// value, so callers read on and check once at the end. Never reads past the end, never recurses and
// never allocates more than a fixed multiple of the bytes at hand.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow {

struct JsonLimits {
  std::size_t max_depth = 64;
  bool check_text = true;  // strings must be UTF-8
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return error_.empty(); }
  bool at_end() const { return position_ == bytes_.size(); }
  std::size_t position() const { return position_; }  // in bytes
  const std::string& error() const { return error_; }
  void fail(std::string why);

  std::uint64_t natural();
  template <class Number>
  Number natural_as() {
    return static_cast<Number>(natural_up_to(std::numeric_limits<Number>::max()));
  }
  std::uint64_t natural_up_to(std::uint64_t most);
  // An enumeration whose last value is `last`.
  template <class Enum>
  Enum enumerator(Enum last) {
    return static_cast<Enum>(natural_up_to(static_cast<std::uint64_t>(last)));
  }
  std::int64_t integer();
  Instant instant() { return {integer()}; }
  bool flag();
  std::string_view text();
  std::string_view bytes();
  std::uint32_t array();
  std::uint32_t map();
  Json json(const JsonLimits& limits);
  // Passes over what json() would read, by the same rules, and gives its bytes.
  std::string_view skip(const JsonLimits& limits);
  // A value of a record of ours: any depth, no second look at its text.
  Value value();

  // A struct as Fields writes it: `read(field)` for each of its fields must read its value, or call
  // unknown_field().
  template <class Read>
  void fields(Read read) {
    const auto count = map();
    for (std::uint32_t i = 0; i < count && ok(); ++i) read(natural());
  }
  void unknown_field() { fail("it has a field that its version does not have"); }

  // A list of structs: `read(item)` for each.
  template <class Item, class Read>
  void list(std::vector<Item>& items, Read read) {
    const auto count = array();
    for (std::uint32_t i = 0; i < count && ok(); ++i) {
      items.emplace_back();
      read(items.back());
    }
  }

  // `result` where all was read and nothing is left over, else Code::corrupt.
  template <class T>
  Result<T> finish(T result) const {
    if (!ok()) return endure::fail(Code::corrupt, "the record is damaged: " + error_);
    if (!at_end()) return endure::fail(Code::corrupt, "the record is damaged: bytes are left over");
    return result;
  }

 private:
  struct Head {
    enum class Kind : std::uint8_t {
      none,
      nil,
      boolean,
      natural,
      negative,
      real,
      text,
      bytes,
      array,
      map
    };
    Kind kind = Kind::none;
    std::uint64_t number = 0;  // the value, or the length
    double real = 0;
  };

  Head head();
  Head sized_head(std::uint8_t tag);
  std::uint64_t big_endian(std::size_t size);
  std::string_view take(std::uint64_t size);
  std::uint32_t count(std::uint64_t declared, std::uint64_t least_bytes_each);
  bool read_scalar(const Head& head, const JsonLimits& limits, Json& into);
  void skip_scalar(const Head& head, const JsonLimits& limits);
  std::string_view json_text(std::uint64_t size, const JsonLimits& limits);

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::string error_;
};

}  // namespace endure::workflow
