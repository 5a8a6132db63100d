// Server-sent events (the HTML standard's `text/event-stream`), as they come in pieces. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace endure::calls {

struct ServerEvent {
  std::string type = "message";
  std::string data;
  std::string id;  // the last one that was given, by this event or an earlier one
};

class SseParser {
 public:
  // The events that `bytes` complete.
  std::vector<ServerEvent> take(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<ServerEvent>& events);

  std::string rest_;  // of an unfinished line
  bool after_cr_ = false;
  bool first_ = true;
  bool has_data_ = false;
  ServerEvent event_;
};

}  // namespace endure::calls
