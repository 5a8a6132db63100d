// A message under construction: an array of the protocol's version, the message's type and its
// fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "persistence/msgpack.hpp"

namespace endure::messaging {

class FrameWriter {
 public:
  FrameWriter(std::uint64_t version, std::uint64_t type, std::size_t fields) {
    writer_.array(fields + 2);
    number(version);
    number(type);
  }
  void array(std::size_t size) { writer_.array(size); }
  void text(std::string_view text) { writer_.text(text); }
  void bytes(std::string_view bytes) { writer_.bytes(bytes); }
  void number(std::uint64_t number) { writer_.natural(number); }
  void flag(bool value) { writer_.flag(value); }
  void nil() { bytes_.push_back('\xc0'); }
  void raw(std::string_view msgpack) { bytes_.append(msgpack); }  // what is msgpack already
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  persistence::Writer writer_{bytes_};
};

}  // namespace endure::messaging
