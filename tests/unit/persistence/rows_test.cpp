// Rows of the small tables that a bug or a forger wrote: their checksum fits.
#include "persistence/lmdb/rows.hpp"

#include "persistence/envelope.hpp"
#include "persistence/msgpack.hpp"
#include "tests/support/catch.hpp"

using namespace endure;
using namespace endure::persistence;
using namespace endure::persistence::lmdb;

namespace {

std::string definition_with(const std::string& resources) {
  std::string record(envelope_bytes, '\0');
  Writer writer(record);
  {
    Fields fields(writer);
    fields.text(1, "document: {}");
    fields.text(3, resources);
  }
  seal(record, 1);
  return record;
}

}  // namespace

TEST_CASE("a definition whose resources cannot be read is damaged, not one without them") {
  const workflow::DefinitionRef ref{"test", "d", "1.0.0"};
  for (const std::string resources : {"{", "[]", "null", R"({"file:///a": 1})"}) {
    INFO(resources);
    const auto row = decode_definition(ref, definition_with(resources));
    REQUIRE_FALSE(row);
    CHECK(row.error().code == Code::corrupt);
  }
  const auto row = decode_definition(ref, definition_with(R"({"file:///a": "text"})"));
  REQUIRE(row);
  CHECK(row->resources.at("file:///a") == "text");
}
