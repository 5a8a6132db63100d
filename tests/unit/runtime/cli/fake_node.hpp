// An HTTP server that answers as a node would, for tests of the command line: it serves what a test
// puts in, and remembers what was asked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace endure::test {

struct FakeAnswer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
};

struct FakeRequest {
  std::string line;  // "GET /v1/queues?limit=5"
  std::string body;
  std::string authorization;
};

class FakeNode {
 public:
  FakeNode();
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  std::string url() const;
  // The answers to "METHOD /path" (without query), one a call; the last one stays. Before any call.
  void answer(const std::string& request, std::vector<FakeAnswer> answers);
  // What was asked so far.
  std::vector<FakeRequest> requests() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// One run of the command line against it.
struct CliRun {
  int code = 0;
  std::string out;
  std::string err;
};
// At a fixed time: 2026-01-31T12:00:00Z. `input` is standard input.
CliRun run_cli(const FakeNode& node, std::vector<std::string> args, const std::string& input = {});
CliRun run_cli_at(const std::string& url, std::vector<std::string> args,
                  const std::string& input = {}, std::map<std::string, std::string> variables = {});

}  // namespace endure::test
