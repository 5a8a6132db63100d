#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/utf8.hpp"
#include "workflow/parse/readers.hpp"
#include "workflow/parse/scalar.hpp"
#include "workflow/parse/tree_builder.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::string_view core_tag = "tag:yaml.org,2002:";

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

// Hands yaml-cpp's events to a TreeBuilder. yaml-cpp tags a plain scalar "?" and a quoted one "!".
class Handler final : public YAML::EventHandler {
 public:
  explicit Handler(TreeBuilder& builder) : builder_(builder) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.wants_key()) builder_.refuse("a key must be text; quote it", line_of(mark));
    builder_.scalar(Json(), line_of(mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.wants_key()) builder_.refuse("an alias cannot be a key", line_of(mark));
    builder_.alias(anchor, line_of(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    // What yaml-cpp makes of these two escapes is Latin-1.
    if (!is_utf8(text)) {
      builder_.refuse("the escapes `\\N` and `\\_` are not known here; write `\\x85` and `\\xA0`",
                      line_of(mark));
    }
    if (builder_.wants_key()) return key(mark, tag, anchor, text);
    if (tag == "!" || tag == std::string(core_tag) + "str") {
      return builder_.scalar(Json(text), line_of(mark), anchor);
    }
    if (tag != "?") refuse_tag(mark, tag);
    if (const auto value = plain_scalar(text)) {
      builder_.scalar(*value, line_of(mark), anchor);
    } else {
      builder_.note(value.error(), line_of(mark));
      builder_.scalar(Json(text), line_of(mark), anchor);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_container(mark, tag, "seq");
    builder_.begin_list(line_of(mark), anchor);
  }
  void OnSequenceEnd() override { builder_.end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_container(mark, tag, "map");
    builder_.begin_object(line_of(mark), anchor);
  }
  void OnMapEnd() override { builder_.end(); }

 private:
  void key(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
           const std::string& text) {
    if (anchor != 0) builder_.refuse("a key cannot be anchored", line_of(mark));
    if (tag != "!" && tag != "?" && tag != std::string(core_tag) + "str") refuse_tag(mark, tag);
    if (tag == "?" && text == "<<") {
      builder_.refuse("merge keys (`<<`) are not part of YAML 1.2; write the keys out",
                      line_of(mark));
    }
    builder_.key(text, line_of(mark));
  }

  void check_container(const YAML::Mark& mark, const std::string& tag, std::string_view own) {
    if (builder_.wants_key()) builder_.refuse("a key must be text", line_of(mark));
    if (tag != "?" && tag != "!" && !tag.empty() && tag != std::string(core_tag) + std::string(own))
      refuse_tag(mark, tag);
  }

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    builder_.refuse("the tag `" + std::string(utf8_start(tag, 100)) +
                        "` is not known here; remove it, and quote what shall be text",
                    line_of(mark));
  }

  TreeBuilder& builder_;
};

}  // namespace

Document read_yaml(const std::string& text, const ParseLimits& limits) {
  TreeBuilder builder(limits);
  Handler handler(builder);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(handler)) {
      throw Refused{{"", 1, "the document is empty; expected a definition in YAML or JSON"}};
    }
    Document document = builder.take();
    TreeBuilder second(limits);
    Handler second_handler(second);
    if (parser.HandleNextDocument(second_handler)) {
      const int line = second.take().lines.line;
      throw Refused{{"", line, "a second YAML document begins here; expected exactly one"}};
    }
    return document;
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : line_of(error.mark);
    throw Refused{{"", line, "this is not YAML: " + error.msg}};
  }
}

}  // namespace endure::workflow::parse
