// The same document in YAML and in JSON is the same definition, whatever is in it.
#include <random>

#include "tests/support/definitions.hpp"
#include "tests/unit/workflow/definition_dump.hpp"
#include "workflow/definition_schema.hpp"
#include "workflow/json_schema.hpp"

namespace endure::workflow::test {
namespace {

// -- JSON as YAML in one of its many styles -------------------------------------

class YamlWriter {
 public:
  explicit YamlWriter(std::mt19937& random) : random_(random) {}

  std::string write(const Json& json) {
    out_.clear();
    block(json, 0);
    return out_;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  // Text that reads as itself without quotes in YAML's JSON schema.
  static bool is_plain(const std::string& text) {
    if (text.empty() || text == "null" || text == "true" || text == "false" || text == "~") {
      return false;
    }
    const char first = text.front();
    if (!((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))) return false;
    return text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
           std::string::npos;
  }

  std::string scalar(const Json& json) {
    if (!json.is_string()) return json.dump();
    const auto text = json.get<std::string>();
    if (is_plain(text) && below(2) == 0) return text;
    const bool single = text.find_first_of("'\n\t\\") == std::string::npos;
    if (single && below(2) == 0) return "'" + text + "'";
    return json.dump();
  }

  void flow(const Json& json) {
    if (json.is_object()) {
      out_ += "{";
      bool first = true;
      for (const auto& [key, value] : json.items()) {
        out_ += (first ? "" : ", ") + scalar(key) + ": ";
        flow(value);
        first = false;
      }
      out_ += "}";
    } else if (json.is_array()) {
      out_ += "[";
      for (std::size_t i = 0; i < json.size(); ++i) {
        out_ += i == 0 ? "" : ", ";
        flow(json[i]);
      }
      out_ += "]";
    } else {
      out_ += scalar(json);
    }
  }

  void block(const Json& json, std::size_t indent) {
    const std::string margin(indent, ' ');
    if (!json.is_structured() || json.empty() || (indent > 0 && below(4) == 0)) {
      out_ += margin;
      flow(json);
      out_ += "\n";
    } else if (json.is_object()) {
      for (const auto& [key, value] : json.items()) {
        if (below(6) == 0) out_ += margin + "# a comment\n";
        out_ += margin + scalar(key) + ":\n";
        block(value, indent + 1 + below(3));
      }
    } else {
      for (const auto& value : json) {
        out_ += margin + "-\n";
        block(value, indent + 2);
      }
    }
  }

  std::mt19937& random_;
  std::string out_;
};

// -- documents --------------------------------------------------------------------

class DocumentMaker {
 public:
  explicit DocumentMaker(std::mt19937& random) : random_(random) {}

  Json document() {
    Json json{{"document",
               {{"dsl", "1.0.3"}, {"namespace", "test"}, {"name", "made"}, {"version", "1.0.0"}}},
              {"use",
               {{"functions", {{"f", {{"call", "q"}, {"with", {{"a", 1}}}}}}},
                {"errors", {{"e", {{"type", "https://x.test/e"}, {"status", 418}}}}},
                {"extensions", Json::array({{{"x", {{"extend", "wait"}, {"before", list(0)}}}}})}}},
              {"do", list(3)}};
    if (below(2) == 0) json["input"] = {{"schema", schema()}, {"from", text()}};
    if (below(2) == 0) json["evaluate"] = {{"mode", below(2) == 0 ? "loose" : "strict"}};
    return json;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  std::string text() {
    static const std::vector<std::string> texts = {
        ".a",    "${ .b.c }", "plain",       "with: colon", "- dash", "#hash",   "null",
        "true",  "012",       "1.0",         "yes",         "on",     "'quote'", "\"double\"",
        "a\nb",  "tab\there", "ünïcödé",     "{brace}",     "[list]", "*star",   "&and",
        "!bang", "%percent",  "back\\slash", "0x1F",        "1_000",  "~",       "${ \"\\(.x)\" }"};
    return texts[below(texts.size())];
  }

  Json value(std::size_t depth) {
    switch (below(depth == 0 ? 7 : 9)) {
      case 0: return nullptr;
      case 1: return below(2) == 0;
      case 2: return static_cast<std::int64_t>(random_()) - 2'000'000'000;
      case 3: return 9007199254740993 + static_cast<std::int64_t>(below(1000));
      case 4: return 18446744073709551615ULL - below(10);
      case 5: return static_cast<double>(below(1'000'000)) / 64;
      case 6: return text();
      case 7: {
        Json list = Json::array();
        for (std::size_t i = below(3); i-- > 0;) list.push_back(value(depth - 1));
        return list;
      }
      default: {
        Json object = Json::object();
        for (std::size_t i = below(3) + 1; i-- > 0;) object["k" + text()] = value(depth - 1);
        return object;
      }
    }
  }

  Json schema() {
    return {{"format", "json"},
            {"document", {{"type", "object"}, {"properties", {{text(), {{"const", value(2)}}}}}}}};
  }

  Json list(std::size_t depth) {
    Json tasks = Json::array();
    const std::size_t count = 1 + below(3);
    for (std::size_t i = 0; i < count; ++i)
      tasks.push_back({{"t" + std::to_string(i), task(depth)}});
    return tasks;
  }

  Json task(std::size_t depth) {
    Json json = kind(depth);
    if (below(4) == 0) json["if"] = "." + std::to_string(below(9)) + " == null";
    if (below(4) == 0) json["output"] = {{"as", Json{{"all", "${ . }"}, {"more", value(1)}}}};
    if (below(4) == 0) json["then"] = "t0";
    if (below(4) == 0) json["timeout"] = {{"after", {{"seconds", 1 + below(100)}}}};
    if (below(4) == 0) json["metadata"] = {{"note", value(2)}};
    return json;
  }

  Json kind(std::size_t depth) {
    switch (below(depth == 0 ? 5 : 9)) {
      case 0: return {{"set", {{"x", value(2)}}}};
      case 1: return {{"call", below(2) == 0 ? "q" : "f"}, {"with", {{"x", value(2)}}}};
      case 2: return {{"wait", "PT1S"}};
      case 3: return {{"raise", {{"error", "e"}}}};
      case 4: return {{"emit", {{"event", {{"with", {{"type", "t"}, {"data", value(2)}}}}}}}};
      case 5: return {{"do", list(depth - 1)}};
      case 6: return {{"for", {{"in", Json::array({value(1)})}}}, {"do", list(depth - 1)}};
      case 7:
        return {
            {"try", list(depth - 1)},
            {"catch", {{"retry", {{"delay", "PT1S"}, {"backoff", {{"linear", Json::object()}}}}}}}};
      default: return {{"switch", Json::array({{{"only", {{"when", ".x"}, {"then", "end"}}}}})}};
    }
  }

  std::mt19937& random_;
};

}  // namespace

TEST_CASE("made documents give the same model from YAML of any style and from JSON") {
  std::size_t read = 0;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const Json document = DocumentMaker(random).document();
    const std::string yaml = YamlWriter(random).write(document);
    INFO("seed " << seed << "\n" << yaml);
    const Parsed from_yaml = parse(yaml);
    const Parsed from_json = parse(document.dump());
    REQUIRE(from_yaml.has_value() == from_json.has_value());
    if (!from_yaml) {
      REQUIRE(from_yaml.error().size() == from_json.error().size());
      continue;
    }
    ++read;
    REQUIRE(dump(**from_yaml) == dump(**from_json));
    REQUIRE((*from_json)->document.json() == document);
    // Numbers are compared as text too: equal doubles may be unequal integers.
    REQUIRE((*from_yaml)->document->dump() == document.dump());
  }
  CHECK(read > 150);
}

TEST_CASE("what the parser reads fits the schema for editors, also when it is changed at random") {
  const auto schema = JsonSchema::compile(definition_schema());
  if (!schema) FAIL(to_string(schema.error()));
  std::size_t both_refuse = 0;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    Json document = DocumentMaker(random).document();
    // A key too much, a key too few, or a value of another type, somewhere.
    const Json flat = document.flatten();
    auto at = flat.begin();
    std::advance(at, random() % flat.size());
    Json::json_pointer where(at.key());
    for (std::size_t up = 1 + random() % 3; up-- > 0 && !where.empty();)
      where = where.parent_pointer();
    if (seed % 4 != 0) {
      Json& target = document[where];
      if (!target.is_object()) {
        target = seed % 2 == 0 ? Json(7) : Json::array({1});
      } else if (seed % 2 == 0) {
        target["zzz"] = 1;
      } else if (!target.empty()) {
        target.erase(target.begin());
      }
    }
    const Parsed parsed = parse(document.dump());
    const auto findings = (*schema)->check(document);
    INFO("seed " << seed << ": " << to_string(findings) << "\n" << document.dump(1));
    if (parsed) REQUIRE(findings.empty());
    if (!parsed && !findings.empty()) ++both_refuse;
  }
  CHECK(both_refuse > 50);
}

TEST_CASE("the schema for editors refuses what is wrong in its form") {
  const auto schema = JsonSchema::compile(definition_schema());
  REQUIRE(schema);
  const auto fits = [&](const std::string& tasks) {
    Json document = Json::parse(
        R"({"document": {"dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0"}})");
    document["do"] = Json::parse(tasks);
    return (*schema)->check(document).empty();
  };
  CHECK(fits(R"([{"a": {"call": "q", "with": {"x": 1}, "metadata": {"priority": 3}}}])"));
  CHECK_FALSE(fits(R"([{"a": {"call": "q", "metadata": {"priority": 12}}}])"));
  CHECK_FALSE(fits(R"([{"a": {"call": "http", "with": {"method": "get"}}}])"));
  CHECK_FALSE(fits(R"([{"a": {"set": {"x": 1}, "wait": "PT1S"}}])"));
  CHECK_FALSE(fits(R"([{"a": {"try": []}}])"));
  CHECK_FALSE(fits(R"([{"a": {"switch": [{"b": {"when": ".x"}}]}}])"));
  CHECK_FALSE(fits(R"([{"a": {"wait": {"second": 1}}}])"));
  CHECK_FALSE(fits(R"([{"a": {}}])"));
  CHECK_FALSE(fits(R"([{"a": {"set": {"x": 1}}, "b": {"set": {"x": 1}}}])"));
  CHECK_FALSE(fits(R"({"a": {"set": {"x": 1}}})"));
}

}  // namespace endure::workflow::test
