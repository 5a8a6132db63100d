// The parts of the schema of definitions, as text; definition_schema.cpp puts them together.
#pragma once

namespace endure::workflow::schema {

extern const char* const shared_parts;    // `$defs` that tasks and the rest have in common
extern const char* const workflow_parts;  // the members of a definition
extern const char* const task_kinds;      // by kind: the members that make it one

}  // namespace endure::workflow::schema
