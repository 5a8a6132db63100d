// Workflows and their history as texts for people.
#pragma once

#include <iosfwd>
#include <string>

#include "base/instant.hpp"
#include "runtime/cli/api_client.hpp"

namespace endure::cli {

// "namespace/id"
std::string workflow_name(const Json& summary);
// "name:version", with its namespace where that is not the workflow's.
std::string definition_name(const Json& summary);
// "waiting WAITING_FOR_REVIEW"
std::string phase_and_status(const Json& summary);
// Whether a workflow in this phase will never change again.
bool has_ended(const Json& summary);

void print_workflow_table(std::ostream& out, const Json& items, Instant now);
// Everything of `GET /v1/workflows/{ns}/{id}`.
void print_workflow(std::ostream& out, const Json& workflow, Instant now);
// One line a transition, then one indented line for each of its entries.
void print_history(std::ostream& out, const Json& record);

}  // namespace endure::cli
