// Starts of workflows as HTTP bodies, made with little work.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "benchmarks/http_line.hpp"

namespace endure::benchmarks {

class HttpStarts {
 public:
  // Of the definition bench/<definition>; ids are `prefix` and a number. The input is W1's.
  HttpStarts(const std::string& definition, const std::string& prefix,
             std::size_t text_bytes = 160);

  std::string id(std::uint64_t n) const { return prefix_ + std::to_string(n); }
  std::string one(std::uint64_t n) const;                            // for POST /v1/workflows
  std::string many(std::uint64_t first, std::uint64_t count) const;  // for /v1/workflows/batch

  // Starts `count` workflows by one call. Code::invalid where one of them is refused.
  Result<void> start(HttpLine& line, std::uint64_t first, std::uint64_t count) const;

 private:
  void append(std::string& body, std::uint64_t n) const;

  std::string prefix_;
  std::string before_;  // the text of a start up to its id
  std::string after_;
};

}  // namespace endure::benchmarks
