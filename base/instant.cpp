#include "base/instant.hpp"

#include <cstdio>
#include <ctime>

namespace endure {

std::string to_rfc3339(Instant t) {
  std::int64_t seconds = t.ms / 1000;
  std::int64_t millis = t.ms % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(millis));
  return text;
}

bool from_rfc3339(const std::string& text, Instant& out) {
  std::tm parts{};
  int read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &read) != 6 ||
      read == 0) {
    return false;
  }
  if (parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 ||
      parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60) {
    return false;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const char* rest = text.c_str() + read;
  std::int64_t millis = 0;
  if (*rest == '.') {
    std::int64_t scale = 100;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) millis += (*rest - '0') * scale;
  }
  std::int64_t offset_minutes = 0;
  if (*rest == 'Z' || *rest == 'z') {
    ++rest;
  } else if (*rest == '+' || *rest == '-') {
    int hours = 0;
    int minutes = 0;
    int used = 0;
    if (std::sscanf(rest + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2) return false;
    offset_minutes = (hours * 60 + minutes) * (*rest == '-' ? -1 : 1);
    rest += 1 + used;
  } else {
    return false;
  }
  if (*rest != '\0') return false;
  out.ms = (static_cast<std::int64_t>(timegm(&parts)) - offset_minutes * 60) * 1000 + millis;
  return true;
}

}  // namespace endure
