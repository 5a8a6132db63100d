// Members of objects in their packed form: what is asked for is found, and what is set is put in,
// without a tree of the rest. For steps that add something to a document and pass it on.
#pragma once

#include <string_view>

#include "workflow/value/value.hpp"

namespace endure::workflow {

// The member's value; null where `object` has none of that name or is no object.
Value member(const Value& object, std::string_view name);

// The same object with the member `name` set to `value`; null counts as an object without members.
// `object` must be an object or null.
Value with_member(const Value& object, std::string_view name, const Value& value);

}  // namespace endure::workflow
