#include "config/declarer.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

#include "base/assert.hpp"
#include "config/address.hpp"
#include "config/nearest.hpp"
#include "config/quantity.hpp"

namespace endure::config {
namespace {

std::string joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

template <class T>
std::string plain(T number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

template <class T>
Result<T> number_from(const std::string& text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc{} && rest == end) return number;
  // A number that is right but too great for its type is out of bounds, which the caller words.
  if (error == std::errc::result_out_of_range && rest == end) return std::numeric_limits<T>::max();
  return fail(Code::invalid, "'" + text + "' is not a " +
                                 (std::is_floating_point_v<T> ? "number" : "whole number"));
}

template <class T>
std::string range_text(Bounds<T> bounds, std::string (*text_of)(T)) {
  return text_of(bounds.least) + " to " + text_of(bounds.most);
}

// set() for a value that is one text, read by `read`, within bounds.
template <class T>
auto bounded(T& to, Bounds<T> bounds, std::string range, Result<T> (*read)(const std::string&)) {
  return [&to, bounds, range = std::move(range),
          read](std::span<const std::string> texts) -> Result<void> {
    const Result<T> value = read(texts[0]);
    if (!value) return tl::make_unexpected(value.error());
    if (!(*value >= bounds.least && *value <= bounds.most)) {
      return fail(Code::invalid, texts[0] + " is out of bounds; allowed is " + range);
    }
    to = *value;
    return {};
  };
}

Result<std::int64_t> read_duration(const std::string& text) {
  return duration_from(text);
}
Result<std::uint64_t> read_size(const std::string& text) {
  return size_from(text);
}

bool printable(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
}

}  // namespace

Failure not_among(const std::string& text, const Texts& names) {
  std::string what = "'" + text + "' is not one of " + joined(names);
  const std::string near = nearest(text, names);
  if (!near.empty()) what += "; did you mean " + near + "?";
  return fail(Code::invalid, what);
}

void Declarer::section(std::string name, std::string doc) {
  declared_.sections.push_back({std::move(name), std::move(doc)});
}

Setting Declarer::begin(const char* key, std::string type, const char* doc) const {
  Setting setting;
  setting.name = declared_.sections.back().name + "." + key;
  setting.type = std::move(type);
  setting.doc = doc;
  return setting;
}

void Declarer::add(Setting setting, Texts fallback) {
  ENDURE_ASSERT(setting.set(fallback).has_value());
  setting.fallback = joined(setting.get());
  declared_.settings.push_back(std::move(setting));
}

void Declarer::text(const char* key, std::string& to, std::string fallback, const char* doc) {
  Setting setting = begin(key, "text", doc);
  setting.set = [&to](std::span<const std::string> texts) -> Result<void> {
    to = texts[0];
    return {};
  };
  setting.get = [&to] { return Texts{to}; };
  add(std::move(setting), {std::move(fallback)});
}

void Declarer::texts(const char* key, Texts& to, const char* doc) {
  Setting setting = begin(key, "list of texts", doc);
  setting.list = true;
  setting.set = [&to](std::span<const std::string> texts) -> Result<void> {
    to.assign(texts.begin(), texts.end());
    return {};
  };
  setting.get = [&to] { return to; };
  add(std::move(setting), {});
}

void Declarer::secrets(const char* key, Texts& to, std::size_t least_length, const char* doc) {
  Setting setting = begin(key, "list of secrets", doc);
  setting.list = true;
  setting.secret = true;
  setting.bounds = "each of " + plain(least_length) + " or more printable characters, no comma";
  setting.set = [&to, least_length](std::span<const std::string> texts) -> Result<void> {
    for (const std::string& text : texts) {
      if (text.size() < least_length || !printable(text)) {
        return fail(Code::invalid, "a secret needs " + plain(least_length) +
                                       " or more printable characters without space and comma");
      }
    }
    to.assign(texts.begin(), texts.end());
    return {};
  };
  setting.get = [&to] { return to; };
  add(std::move(setting), {});
}

void Declarer::address(const char* key, std::string& to, std::string fallback, std::string scheme,
                       const char* doc) {
  Setting setting = begin(key, "address", doc);
  setting.bounds = scheme + "host:port";
  setting.set = [&to, scheme](std::span<const std::string> texts) -> Result<void> {
    const Result<Address> address = address_from(texts[0], scheme);
    if (!address) return tl::make_unexpected(address.error());
    to = texts[0];
    return {};
  };
  setting.get = [&to] { return Texts{to}; };
  add(std::move(setting), {std::move(fallback)});
}

void Declarer::connections(const char* key, Texts& to, const char* doc) {
  Setting setting = begin(key, "list of connections", doc);
  setting.list = true;
  setting.bounds = "each host:port=host:port";
  setting.set = [&to](std::span<const std::string> texts) -> Result<void> {
    for (const std::string& text : texts) {
      if (const auto connection = connection_from(text); !connection) {
        return tl::make_unexpected(connection.error());
      }
    }
    to.assign(texts.begin(), texts.end());
    return {};
  };
  setting.get = [&to] { return to; };
  add(std::move(setting), {});
}

void Declarer::duration(const char* key, std::int64_t& to, std::int64_t fallback_ms,
                        Bounds<std::int64_t> bounds, const char* doc) {
  Setting setting = begin(key, "duration", doc);
  setting.bounds = range_text(bounds, duration_text);
  setting.set = bounded(to, bounds, setting.bounds, read_duration);
  setting.get = [&to] { return Texts{duration_text(to)}; };
  add(std::move(setting), {duration_text(fallback_ms)});
}

void Declarer::size(const char* key, std::uint64_t& to, std::uint64_t fallback,
                    Bounds<std::uint64_t> bounds, const char* doc) {
  Setting setting = begin(key, "size", doc);
  setting.bounds = range_text(bounds, size_text);
  setting.set = bounded(to, bounds, setting.bounds, read_size);
  setting.get = [&to] { return Texts{size_text(to)}; };
  add(std::move(setting), {size_text(fallback)});
}

template <class T>
void Declarer::number(const char* key, T& to, T fallback, Bounds<T> bounds, const char* doc) {
  Setting setting = begin(key, std::is_floating_point_v<T> ? "number" : "whole number", doc);
  setting.bounds = range_text(bounds, plain<T>);
  setting.set = bounded(to, bounds, setting.bounds, number_from<T>);
  setting.get = [&to] { return Texts{plain(to)}; };
  add(std::move(setting), {plain(fallback)});
}

void Declarer::count(const char* key, std::uint32_t& to, std::uint32_t fallback,
                     Bounds<std::uint32_t> bounds, const char* doc) {
  number(key, to, fallback, bounds, doc);
}

void Declarer::count(const char* key, std::uint64_t& to, std::uint64_t fallback,
                     Bounds<std::uint64_t> bounds, const char* doc) {
  number(key, to, fallback, bounds, doc);
}

void Declarer::fraction(const char* key, double& to, double fallback, Bounds<double> bounds,
                        const char* doc) {
  number(key, to, fallback, bounds, doc);
}

void Declarer::flag(const char* key, bool& to, bool fallback, const char* doc) {
  choice<bool>(key, to, fallback, {{"true", true}, {"false", false}}, doc);
}

}  // namespace endure::config
