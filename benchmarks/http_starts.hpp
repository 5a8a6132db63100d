// Starts of workflows as HTTP bodies, made with little work.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "benchmarks/http_line.hpp"

namespace endure::benchmarks {

constexpr std::size_t w1_text_bytes = 160;

// Which ids are wanted; empty: all.
using IdFilter = std::function<bool(const std::string& id)>;

class HttpStarts {
 public:
  // Of the definition bench/<definition>; ids are `prefix` and a number. The input is W1's. With a
  // filter one thread at a time.
  HttpStarts(const std::string& definition, const std::string& prefix,
             std::size_t text_bytes = w1_text_bytes, IdFilter wanted = {});

  std::string id(std::uint64_t n) const { return prefix_ + std::to_string(number(n)); }
  std::string one(std::uint64_t n) const;                            // for POST /v1/workflows
  std::string many(std::uint64_t first, std::uint64_t count) const;  // for /v1/workflows/batch

  // Starts `count` workflows by one call. Code::invalid where one of them is refused.
  Result<void> start(HttpLine& line, std::uint64_t first, std::uint64_t count) const;
  // Those that the node turns away (429) are sent again until it has taken them all; how many that
  // were. Code::invalid where one is refused otherwise, Code::retry_later after a minute.
  Result<std::uint64_t> start_all(HttpLine& line, std::uint64_t first, std::uint64_t count) const;

 private:
  void append(std::string& body, std::uint64_t n) const;
  std::string many(const std::vector<std::uint64_t>& numbers) const;
  std::uint64_t number(std::uint64_t n) const;  // of the n-th id that is wanted

  std::string prefix_;
  IdFilter wanted_;
  mutable std::vector<std::uint64_t> numbers_;  // of ids that are wanted, as far as was asked
  std::string before_;                          // the text of a start up to its id
  std::string after_;
};

}  // namespace endure::benchmarks
