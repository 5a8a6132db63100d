#include "workflow/expressions/wire.hpp"

#include <cmath>
#include <cstring>

namespace endure::workflow::wire {
namespace {

template <class T>
void put(T number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

void put_text(const std::string& text, std::string& out) {
  put(static_cast<std::uint32_t>(text.size()), out);
  out += text;
}

class Encoder {
 public:
  Encoder(const std::string& name, std::size_t max_depth, std::size_t max_bytes, std::string& out)
      : name_(name), max_depth_(max_depth), max_bytes_(max_bytes), out_(out) {}

  Result<void> value(const Json& json, std::size_t level) {
    if (out_.size() > max_bytes_) {
      return fail(Code::full, "the expression's input is larger than " +
                                  std::to_string(max_bytes_) +
                                  " bytes; let `input.from` select what the task needs");
    }
    switch (json.type()) {
      case Json::value_t::boolean: out_ += json.get<bool>() ? 't' : 'f'; return {};
      case Json::value_t::number_integer: {
        const auto number = json.get<std::int64_t>();
        return integer(number >= -max_exact_integer && number <= max_exact_integer, json);
      }
      case Json::value_t::number_unsigned:
        return integer(json.get<std::uint64_t>() <= std::uint64_t{max_exact_integer}, json);
      case Json::value_t::number_float: number(json.get<double>()); return {};
      case Json::value_t::string:
        out_ += 's';
        put_text(json.get_ref<const std::string&>(), out_);
        return {};
      case Json::value_t::array: return array(json, level);
      case Json::value_t::object: return object(json, level);
      default: out_ += 'n'; return {};
    }
  }

 private:
  void number(double number) {
    out_ += 'd';
    put(number, out_);
  }

  Result<void> integer(bool exact, const Json& json) {
    if (!exact) {
      return fail(Code::invalid, name_ + " contains the integer " + json.dump() +
                                     ", which jq cannot hold exactly (its numbers are doubles, "
                                     "exact up to 2^53); pass it as a string");
    }
    number(json.get<double>());
    return {};
  }

  Result<void> too_deep() const {
    return fail(Code::invalid, name_ + " is nested deeper than " + std::to_string(max_depth_));
  }

  Result<void> array(const Json& json, std::size_t level) {
    if (level >= max_depth_) return too_deep();
    begin_array(json.size(), out_);
    for (const Json& item : json) {
      if (auto done = value(item, level + 1); !done) return done;
    }
    return {};
  }

  Result<void> object(const Json& json, std::size_t level) {
    if (level >= max_depth_) return too_deep();
    out_ += 'o';
    put(static_cast<std::uint32_t>(json.size()), out_);
    for (const auto& [key, item] : json.get_ref<const Json::object_t&>()) {
      put_text(key, out_);
      if (auto done = value(item, level + 1); !done) return done;
    }
    return {};
  }

  const std::string& name_;
  std::size_t max_depth_;
  std::size_t max_bytes_;
  std::string& out_;
};

class Decoder {
 public:
  Decoder(std::string_view bytes, std::size_t max_depth) : bytes_(bytes), max_depth_(max_depth) {}

  Result<Json> whole() {
    Json json;
    value(json, 0);
    if (too_deep_) {
      return fail(Code::invalid, "the result is nested deeper than " + std::to_string(max_depth_));
    }
    if (damaged_ || !bytes_.empty()) {
      return fail(Code::invalid, "the expression sandbox answered with damaged bytes");
    }
    return json;
  }

 private:
  template <class T>
  T take() {
    T number{};
    if (bytes_.size() < sizeof number) {
      damaged_ = true;
    } else {
      std::memcpy(&number, bytes_.data(), sizeof number);
      bytes_.remove_prefix(sizeof number);
    }
    return number;
  }

  std::string take_text() {
    const auto size = take<std::uint32_t>();
    if (damaged_ || bytes_.size() < size) {
      damaged_ = true;
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  void value(Json& out, std::size_t level) {
    switch (take<char>()) {
      case 'n': out = nullptr; return;
      case 't': out = true; return;
      case 'f': out = false; return;
      case 'd': out = from_double(take<double>()); return;
      case 's': out = take_text(); return;
      case 'a': array(out, level); return;
      case 'o': object(out, level); return;
      default: damaged_ = true;
    }
  }

  void array(Json& out, std::size_t level) {
    out = Json::array();
    if (level >= max_depth_) too_deep_ = true;
    const auto count = take<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && !damaged_ && !too_deep_; ++i) {
      value(out.emplace_back(), level + 1);
    }
  }

  void object(Json& out, std::size_t level) {
    out = Json::object();
    if (level >= max_depth_) too_deep_ = true;
    const auto count = take<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && !damaged_ && !too_deep_; ++i) {
      std::string key = take_text();
      value(out[std::move(key)], level + 1);
    }
  }

  std::string_view bytes_;
  std::size_t max_depth_;
  bool damaged_ = false;
  bool too_deep_ = false;
};

}  // namespace

Result<void> encode(const Json& json, const std::string& name, std::size_t max_depth,
                    std::size_t max_bytes, std::string& out) {
  return Encoder(name, max_depth, max_bytes, out).value(json, 0);
}

Json from_double(double number) {
  if (std::abs(number) <= static_cast<double>(max_exact_integer) && number == std::trunc(number)) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

void begin_array(std::size_t count, std::string& out) {
  out += 'a';
  put(static_cast<std::uint32_t>(count), out);
}

Result<Json> decode(std::string_view bytes, std::size_t max_depth) {
  return Decoder(bytes, max_depth).whole();
}

}  // namespace endure::workflow::wire
