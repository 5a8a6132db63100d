#include "workflow/json_reason.hpp"

#include "base/utf8.hpp"

namespace endure::workflow {

std::string json_reason(const std::exception& error) {
  constexpr std::size_t longest = 300;
  std::string what = error.what();
  if (what.starts_with("[json.exception.")) {
    const auto end = what.find("] ");
    if (end != std::string::npos) what.erase(0, end + 2);
  }
  const std::string text = printable(std::move(what));
  const auto start = utf8_start(text, longest);
  return std::string(start) + (start.size() < text.size() ? " …" : "");
}

}  // namespace endure::workflow
