// Writes msgpack straight into a string, with no tree in between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void natural(std::uint64_t number) {
    if (number < 0x80) {
      out_.push_back(static_cast<char>(number));
    } else {
      large_natural(number);
    }
  }
  // Always 9 bytes, so that a reader finds what follows without parsing.
  void wide_natural(std::uint64_t number);
  void integer(std::int64_t number);
  void flag(bool value) { out_.push_back(static_cast<char>(value ? 0xC3 : 0xC2)); }
  void text(std::string_view text) {
    if (text.size() < 0x20) {
      out_.push_back(static_cast<char>(0xA0U | text.size()));
      out_.append(text);
    } else {
      long_text(text);
    }
  }
  void bytes(std::string_view bytes);
  void array(std::size_t size);
  void map(std::size_t size);
  void value(const Value& value);
  // Integers stay exact. What JSON cannot say (NaN, infinities) becomes null, as in its text form.
  void json(const Json& json);

  std::string& out() { return out_; }

 private:
  void large_natural(std::uint64_t number);
  void long_text(std::string_view text);

  std::string& out_;
};

// A struct as a map from small numbers to values. A field that has its default value is not
// written, so a typical record holds only what is special about it; field numbers are never reused.
class Fields {
 public:
  explicit Fields(Writer& writer) : writer_(writer), head_(writer.out().size()) {
    writer_.out().push_back('\x80');
  }
  // Writes the number of fields into the map's head.
  ~Fields() {
    if (count_ < 16) {
      writer_.out()[head_] = static_cast<char>(0x80U | count_);
    } else {
      widen_head();
    }
  }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  void natural(std::uint8_t field, std::uint64_t number, std::uint64_t usual = 0) {
    if (number == usual) return;
    key(field);
    writer_.natural(number);
  }
  void integer(std::uint8_t field, std::int64_t number, std::int64_t usual = 0) {
    if (number == usual) return;
    key(field);
    writer_.integer(number);
  }
  void instant(std::uint8_t field, Instant t) { integer(field, t.ms); }
  void flag(std::uint8_t field, bool value) {
    if (!value) return;
    key(field);
    writer_.flag(value);
  }
  void text(std::uint8_t field, std::string_view text) {
    if (text.empty()) return;
    key(field);
    writer_.text(text);
  }
  void bytes(std::uint8_t field, std::string_view bytes) {
    if (bytes.empty()) return;
    key(field);
    writer_.bytes(bytes);
  }
  void value(std::uint8_t field, const Value& value) {
    if (value.is_null()) return;
    key(field);
    writer_.value(value);
  }

  // A list of structs: `write(fields, item)` for each.
  template <class Item, class Write>
  void list(std::uint8_t field, const std::vector<Item>& items, Write write) {
    if (items.empty()) return;
    key(field);
    writer_.array(items.size());
    for (const auto& item : items) {
      Fields inner(writer_);
      write(inner, item);
    }
  }

  // A nested struct: `write(fields)`.
  template <class Write>
  void nested(std::uint8_t field, Write write) {
    key(field);
    Fields inner(writer_);
    write(inner);
  }

 private:
  void key(std::uint8_t field) {
    writer_.natural(field);
    ++count_;
  }
  void widen_head();

  Writer& writer_;
  std::size_t head_;
  std::size_t count_ = 0;
};

}  // namespace endure::workflow
