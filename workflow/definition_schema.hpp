// The JSON Schema of definitions, for editors: completion, descriptions, and a first check.
#pragma once

#include "workflow/value/value.hpp"

namespace endure::workflow {

// Draft 2020-12. Whatever parse_definition() accepts fits it; what it refuses may fit all the same,
// where a schema cannot say it (a `then` that leads nowhere, jq that does not compile). Any thread.
const Json& definition_schema();

}  // namespace endure::workflow
