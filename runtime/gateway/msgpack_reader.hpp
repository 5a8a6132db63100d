// Reads msgpack (spec 2013) from a byte span, front to back, without building a tree: a step's
// arguments and its result stay bytes, so that what is wrong with one result concerns that result
// alone (persistence::Reader, which reads records, gives up on the whole).
//
// Errors are sticky: after the first wrong byte every read returns zero or empty, and failed() says
// so. No read goes beyond the span; nothing recurses, so nesting cannot exhaust the stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace endure::gateway {

class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : rest_(bytes) {}

  // The number of elements that follow. Never more than there are bytes left to hold them.
  std::uint32_t array();
  // A `str` of valid UTF-8 with at most `limit` bytes; it lies in the span.
  std::string_view text(std::size_t limit);
  std::uint64_t number();  // an integer that is not negative
  std::int64_t signed_number();
  bool boolean();
  bool nil();  // true, and consumed, if the next value is nil
  // One value of any kind, as its bytes. The kinds that JSON lacks (bin, ext) and strings that are
  // not UTF-8 do not fail the reader but are noted in `json_problem` (a static text, or null).
  std::string_view raw(const char*& json_problem);
  void skip();

  bool at_end() const { return rest_.empty(); }
  bool failed() const { return failure_ != nullptr; }
  // What was wrong, for a person; empty while nothing is.
  std::string failure() const { return failure_ == nullptr ? "" : failure_; }
  // For a caller that found a wrong value.
  void fail(const char* why);

 private:
  std::optional<std::uint8_t> head();
  std::uint64_t big_endian(std::size_t bytes);
  std::string_view take(std::size_t bytes);

  std::string_view rest_;
  const char* failure_ = nullptr;
};

}  // namespace endure::gateway
