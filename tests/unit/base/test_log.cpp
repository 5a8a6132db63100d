#include <string>
#include <vector>

#include "base/log.hpp"
#include "tests/support/catch.hpp"

using endure::Field;
using endure::Level;

TEST_CASE("a fact is one line of text, whatever its values hold") {
  const std::vector<Field> fields{
      {"workflow", "a b"}, {"n", 3}, {"ok", true}, {"bad", "x\ny\x01\""}};
  CHECK(endure::to_text("step failed", fields) ==
        "step failed workflow=\"a b\" n=3 ok=true bad=\"x\\ny\\x01\\\"\"");
}

TEST_CASE("the sink gets facts at or above the level, with the kinds of their fields") {
  std::vector<std::string> seen;
  endure::set_log_sink([&](Level level, std::string_view fact, std::span<const Field> fields) {
    seen.push_back(std::string(endure::to_string(level)) + " " + endure::to_text(fact, fields));
    for (const Field& f : fields) {
      CHECK(f.kind == (f.key == "count" ? Field::Kind::number : Field::Kind::text));
    }
  });
  endure::set_log_level(Level::warning);
  endure::log(Level::info, "unheard");
  endure::log(Level::warning, "queue paused", {{"queue", "enrich"}, {"count", 1.5}});
  endure::set_log_level(Level::info);
  endure::set_log_sink({});
  CHECK(seen == std::vector<std::string>{"warning queue paused queue=enrich count=1.5"});
}

TEST_CASE("only the four names of levels are read") {
  Level level = Level::error;
  CHECK(endure::level_from("debug", level));
  CHECK(level == Level::debug);
  CHECK_FALSE(endure::level_from("WARN", level));
  CHECK(level == Level::debug);
}
