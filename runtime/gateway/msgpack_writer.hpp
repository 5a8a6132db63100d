// Appends msgpack to a string. Values that are msgpack already (a step's arguments, a result) are
// copied in as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace endure::gateway {

class MsgpackWriter {
 public:
  void array(std::size_t size) { sized(size, 0x90, 15, 0xdc); }
  void map(std::size_t size) { sized(size, 0x80, 15, 0xde); }

  void text(std::string_view text) {
    if (text.size() > 31 && text.size() <= 0xff) {
      byte(0xd9);
      byte(text.size());
    } else {
      sized(text.size(), 0xa0, 31, 0xda);
    }
    bytes_.append(text);
  }

  void number(std::uint64_t number) {
    if (number <= 0x7f) return byte(number);
    if (number <= 0xff) return byte(0xcc), big_endian(number, 1);
    if (number <= 0xffff) return byte(0xcd), big_endian(number, 2);
    if (number <= 0xffffffff) return byte(0xce), big_endian(number, 4);
    byte(0xcf);
    big_endian(number, 8);
  }

  void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
  void nil() { byte(0xc0); }
  void raw(std::string_view msgpack) { bytes_.append(msgpack); }

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  void byte(std::uint64_t value) { bytes_.push_back(static_cast<char>(value)); }

  void big_endian(std::uint64_t value, unsigned count) {
    while (count-- > 0) byte(value >> (8 * count) & 0xff);
  }

  // A header with its size inside the first byte, or in the next two or four.
  void sized(std::size_t size, unsigned small, std::size_t small_limit, unsigned wide) {
    if (size <= small_limit) return byte(small | size);
    const bool two = size <= 0xffff;
    byte(two ? wide : wide + 1);
    big_endian(size, two ? 2 : 4);
  }

  std::string bytes_;
};

}  // namespace endure::gateway
