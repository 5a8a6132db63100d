#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "workflow/json_reason.hpp"
#include "workflow/parse/readers.hpp"
#include "workflow/parse/scalar.hpp"
#include "workflow/parse/tree_builder.hpp"

namespace endure::workflow::parse {

namespace {

struct LineCounter {
  int line = 1;
  int before_last = 1;  // the line before the last byte was taken
};

// nlohmann's parser tells no lines, so they are counted under its hands.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, LineCounter* counter) : at_(at), counter_(counter) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    counter_->before_last = counter_->line;
    if (*at_ == '\n') ++counter_->line;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  LineCounter* counter_;
};

class Handler final : public nlohmann::json_sax<Json> {
 public:
  Handler(TreeBuilder& builder, const LineCounter& counter)
      : builder_(builder), counter_(counter) {}

  bool null() override { return scalar(Json(), counter_.line); }
  bool boolean(bool value) override { return scalar(Json(value), counter_.line); }
  // A number ends with the byte after it, which is taken already and may be a line break.
  bool number_integer(number_integer_t value) override {
    return scalar(Json(value), counter_.before_last);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar(Json(value), counter_.before_last);
  }
  bool number_float(number_float_t value, const string_t& token) override {
    if (token.find_first_of(".eE") == std::string::npos) {
      builder_.note(integer_too_big(token), counter_.before_last);
    }
    return scalar(Json(value), counter_.before_last);
  }
  bool string(string_t& value) override { return scalar(Json(std::move(value)), counter_.line); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    builder_.begin_object(counter_.line);
    return true;
  }
  bool key(string_t& text) override {
    builder_.key(std::move(text), counter_.line);
    return true;
  }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override {
    builder_.begin_list(counter_.line);
    return true;
  }
  bool end_array() override { return end(); }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string what = json_reason(error);
    const std::size_t column = what.find("column ");  // the line is told apart
    const std::size_t colon = column == std::string::npos ? column : what.find(": ", column);
    throw Refused{
        {"", counter_.before_last,
         "this is not JSON: " + (colon == std::string::npos ? what : what.substr(colon + 2))}};
  }

 private:
  bool scalar(Json value, int line) {
    builder_.scalar(std::move(value), line);
    return true;
  }
  bool end() {
    builder_.end();
    return true;
  }

  TreeBuilder& builder_;
  const LineCounter& counter_;
};

}  // namespace

Document read_json(const std::string& text, const ParseLimits& limits) {
  TreeBuilder builder(limits);
  LineCounter counter;
  Handler handler(builder, counter);
  Json::sax_parse(CountingIterator(text.data(), &counter),
                  CountingIterator(text.data() + text.size(), &counter), &handler);
  return builder.take();
}

}  // namespace endure::workflow::parse
