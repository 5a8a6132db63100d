// The members of a request's body and query, declared once: the declaration checks requests and
// writes the OpenAPI document.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::http {

struct Field {
  enum class Type : std::uint8_t { text, integer, boolean, object, list, any };

  std::string_view name;
  Type type = Type::any;
  std::string_view doc = {};
  bool required = false;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  // of an integer
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string_view> one_of = {};  // of a text
  // Of a list: the members of each item. They are for the OpenAPI document; the handler checks
  // them, since what is wrong with one item may not concern the others.
  std::vector<Field> items = {};
};

std::string_view to_string(Field::Type type);  // JSON Schema's name

// Checked values by name.
class Arguments {
 public:
  Arguments() = default;
  explicit Arguments(workflow::Json object) : object_(std::move(object)) {}

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Absent, or null in a body: nothing.
  const workflow::Json* find(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  workflow::Json value(std::string_view name, workflow::Json otherwise) const;
  // The elements of a list, which it then holds no more.
  std::vector<workflow::Json> take_list(std::string_view name);

 private:
  workflow::Json object_ = workflow::Json::object();
};

// Error: Code::invalid, `where` names the member (a JSON pointer in a body): not an object, an
// unknown member (with the nearest valid name), a missing one, a wrong type, a value out of bounds.
Result<Arguments> read_body(workflow::Json body, std::span<const Field> fields,
                            const std::string& pointer = {});

// The same for a query, whose values are text; a name that is given twice is refused.
Result<Arguments> read_query(const std::vector<std::pair<std::string, std::string>>& query,
                             std::span<const Field> fields);

}  // namespace endure::http
