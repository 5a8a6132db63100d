#include "benchmarks/http_starts.hpp"

#include <chrono>
#include <numeric>
#include <thread>
#include <utility>

#include "benchmarks/latencies.hpp"
#include "benchmarks/workflows.hpp"

namespace endure::benchmarks {

namespace {

constexpr int too_many = 429;
constexpr double longest_patience_ms = 60'000;
constexpr auto before_another_try = std::chrono::milliseconds(20);

std::vector<std::uint64_t> numbers_from(std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

bool all_taken(const HttpAnswer& answer) {
  return answer.body.find(R"("refused":0)") != std::string::npos;
}

Failure refused(const HttpAnswer& answer) {
  return Failure{Error{Code::invalid, "starts were refused: " + answer.body.substr(0, 500), ""}};
}

// Which of those that were sent are to be sent again.
Result<std::vector<std::uint64_t>> turned_away_of(const HttpAnswer& answer,
                                                  const std::vector<std::uint64_t>& sent) {
  const auto json = answer.json();
  if (answer.status != 200 || !json.is_object() || json["items"].size() != sent.size()) {
    return refused(answer);
  }
  std::vector<std::uint64_t> again;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& item = json["items"][i];
    if (!item.contains("error")) continue;
    if (item["error"].value("status", 0) != too_many) return refused(answer);
    again.push_back(sent[i]);
  }
  return again;
}

}  // namespace

HttpStarts::HttpStarts(const std::string& definition, const std::string& prefix,
                       std::size_t text_bytes, IdFilter wanted)
    : prefix_(prefix),
      wanted_(std::move(wanted)),
      before_(R"({"namespace":"bench","definition":")" + definition + R"(","id":")" + prefix),
      after_(R"(","input":)" + w1_input(0, text_bytes).dump() + "}") {}

void HttpStarts::append(std::string& body, std::uint64_t n) const {
  body.append(before_).append(std::to_string(number(n))).append(after_);
}

std::uint64_t HttpStarts::number(std::uint64_t n) const {
  if (!wanted_) return n;
  while (numbers_.size() <= n) {
    std::uint64_t next = numbers_.empty() ? 0 : numbers_.back() + 1;
    while (!wanted_(prefix_ + std::to_string(next))) ++next;
    numbers_.push_back(next);
  }
  return numbers_[n];
}

std::string HttpStarts::one(std::uint64_t n) const {
  std::string body;
  append(body, n);
  return body;
}

std::string HttpStarts::many(std::uint64_t first, std::uint64_t count) const {
  return many(numbers_from(first, count));
}

std::string HttpStarts::many(const std::vector<std::uint64_t>& numbers) const {
  std::string body = R"({"items":[)";
  body.reserve(numbers.size() * (before_.size() + after_.size() + 12));
  for (const std::uint64_t n : numbers) {
    if (body.back() != '[') body.push_back(',');
    append(body, n);
  }
  return body.append("]}");
}

Result<void> HttpStarts::start(HttpLine& line, std::uint64_t first, std::uint64_t count) const {
  const auto answer = line.post("/v1/workflows/batch", many(first, count));
  if (!answer) return Failure{answer.error()};
  if (answer->status == 200 && all_taken(*answer)) return {};
  return refused(*answer);
}

Result<std::uint64_t> HttpStarts::start_all(HttpLine& line, std::uint64_t first,
                                            std::uint64_t count) const {
  std::vector<std::uint64_t> left = numbers_from(first, count);
  std::uint64_t turned_away = 0;
  const auto begin = SteadyClock::now();
  while (ms_since(begin) < longest_patience_ms) {
    const auto answer = line.post("/v1/workflows/batch", many(left));
    if (!answer) return Failure{answer.error()};
    if (answer->status == 200 && all_taken(*answer)) return turned_away;
    if (answer->status != too_many) {
      auto again = turned_away_of(*answer, left);
      if (!again) return Failure{again.error()};
      left = std::move(*again);
    }
    turned_away += left.size();
    std::this_thread::sleep_for(before_another_try);
  }
  return fail(Code::retry_later, "the node has turned starts away for a minute");
}

}  // namespace endure::benchmarks
