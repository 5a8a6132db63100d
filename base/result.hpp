// Result<T>: a value or an Error. Errors are values inside Endure; they become HTTP problems, exit
// codes and caf::error only at those edges.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace endure {

// Named by what the caller can do about it.
enum class Code {
  not_found,    // the named thing does not exist
  conflict,     // it exists already, or its state forbids this (stale token, ended workflow)
  invalid,      // the input is wrong; repeating it will not help
  retry_later,  // a passing condition; the same call may succeed later
  full,         // a limit of space, count or size is reached
  corrupt,      // stored bytes failed their check; nothing of them was used
  io,           // the machine failed us (disk, socket); see `what`
};

constexpr std::string_view to_string(Code code) {
  switch (code) {
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::invalid: return "invalid";
    case Code::retry_later: return "retry_later";
    case Code::full: return "full";
    case Code::corrupt: return "corrupt";
    case Code::io: return "io";
  }
  return "unknown";
}

struct Error {
  Code code = Code::invalid;
  std::string what;   // one sentence for a person, that says what to do where something can be done
  std::string where;  // a JSON pointer, file:line, key or field name; empty where none applies

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

// fail(Code::invalid, "…", "/do/0"): the error side of a Result, ready to be returned.
inline Failure fail(Code code, std::string what, std::string where = {}) {
  return Failure{Error{code, std::move(what), std::move(where)}};
}

}  // namespace endure
