#include "runtime/calls/sse.hpp"

namespace endure::calls {

std::vector<ServerEvent> SseParser::take(std::string_view bytes) {
  std::vector<ServerEvent> events;
  for (const char c : bytes) {
    if (c == '\n' && after_cr_) {  // the second half of "\r\n"
      after_cr_ = false;
      continue;
    }
    after_cr_ = c == '\r';
    if (c != '\n' && c != '\r') {
      rest_ += c;
      continue;
    }
    std::string_view line = rest_;
    if (first_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    first_ = false;
    take_line(line, events);
    rest_.clear();
  }
  return events;
}

void SseParser::take_line(std::string_view line, std::vector<ServerEvent>& events) {
  if (line.empty()) {
    if (has_data_) {
      event_.data.pop_back();  // the last line break
      events.push_back(event_);
    }
    event_ = {"message", "", event_.id};
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0) return;  // a comment
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    event_.data.append(value);
    event_.data += '\n';
    has_data_ = true;
  } else if (name == "event") {
    event_.type = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    event_.id = value;
  }
}

}  // namespace endure::calls
