// The bytes that the node and its sandbox processes exchange. Both ends are one build on one
// machine, so integers are in host order; the node nevertheless checks every length that it reads,
// because a sandbox may have been broken by what it ran.
//
//   request   u32 length of program, u32 length of values, program, values
//             An empty values part asks for compilation alone.
//   answer    u32 status (Answer::Status), u32 length, then that many bytes:
//             ok: one value, or nothing where the program gave none; failed: jq's message
//   values    one array: the input first, then the variables in the order of the program's prologue
//   value     'n' | 't' | 'f' | 'd' f64 | 's' u32 bytes | 'a' u32 value… | 'o' u32 (u32 bytes
//   value)…
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow::wire {

struct Header {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

struct Answer {
  enum class Status : std::uint32_t {
    ok,
    failed,    // the program's own error, or the compiler's
    too_slow,  // the CPU deadline passed
    too_big,   // memory ran out
    too_deep,  // the C stack overflowed: a value is nested too deeply
    broken,    // an internal check of jq failed
    busy,      // the machine could not start a sandbox, or did not let it answer in time
    lost,      // the sandbox ended without a word, or answered nonsense; never sent, only seen
  };
  Status status = Status::lost;
  std::string body;
};

// Appends `json` to `out`. Error: Code::invalid when it is nested deeper than `max_depth`, when it
// holds an integer that a double cannot hold exactly (jq 1.6 knows only doubles, and silently
// changing a number is worse than refusing it), or when `out` grows beyond `max_bytes`.
// `name` says in errors what the document is: "." or "$context".
Result<void> encode(const Json& json, const std::string& name, std::size_t max_depth,
                    std::size_t max_bytes, std::string& out);

// Opens an array of `count` values, which the caller then appends.
void begin_array(std::size_t count, std::string& out);

// Reads one value that fills `bytes`. Whole numbers within ±2^53 become integers. Error:
// Code::invalid for a value nested too deeply or for damaged bytes.
Result<Json> decode(std::string_view bytes, std::size_t max_depth);

// A number of jq's: an integer where it is whole and within ±2^53.
Json from_double(double number);

// The largest magnitude below which every integer is a double of its own.
constexpr std::int64_t max_exact_integer = std::int64_t{1} << 53;

}  // namespace endure::workflow::wire
