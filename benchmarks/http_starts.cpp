#include "benchmarks/http_starts.hpp"

#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

HttpStarts::HttpStarts(const std::string& definition, const std::string& prefix,
                       std::size_t text_bytes)
    : prefix_(prefix),
      before_(R"({"namespace":"bench","definition":")" + definition + R"(","id":")" + prefix),
      after_(R"(","input":)" + w1_input(0, text_bytes).dump() + "}") {}

void HttpStarts::append(std::string& body, std::uint64_t n) const {
  body.append(before_).append(std::to_string(n)).append(after_);
}

std::string HttpStarts::one(std::uint64_t n) const {
  std::string body;
  append(body, n);
  return body;
}

std::string HttpStarts::many(std::uint64_t first, std::uint64_t count) const {
  std::string body = R"({"items":[)";
  body.reserve(count * (before_.size() + after_.size() + 12));
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) body.push_back(',');
    append(body, first + i);
  }
  return body.append("]}");
}

Result<void> HttpStarts::start(HttpLine& line, std::uint64_t first, std::uint64_t count) const {
  const auto answer = line.post("/v1/workflows/batch", many(first, count));
  if (!answer) return Failure{answer.error()};
  if (answer->status == 200 && answer->body.find(R"("refused":0)") != std::string::npos) return {};
  return fail(Code::invalid, "starts were refused: " + answer->body.substr(0, 500));
}

}  // namespace endure::benchmarks
