#include <string>

#include "workflow/parse/duration.hpp"
#include "workflow/parse/extensions.hpp"
#include "workflow/parse/resources.hpp"
#include "workflow/parse/reusable.hpp"

namespace endure::workflow::parse {

namespace {

template <class Check>
void check_section(Context& context, Fields& use, const std::string& section, Check check) {
  const auto found = use.take(section);
  if (!found) return;
  if (!Fields(context, *found, "`use." + section + "`").is_object()) return;
  for (const auto& [name, value] : found->json().items()) check(found->member(name));
}

void check_catalog(Context& context, const Node& node) {
  Fields fields(context, node, "a catalog");
  if (const auto endpoint = fields.require("endpoint", "a URI or {uri, authentication}")) {
    read_address(context, *endpoint);
  }
  fields.finish();
}

}  // namespace

void check_reusables(Context& context, Fields& workflow) {
  const auto found = workflow.take("use");
  if (!found) return;
  Fields use(context, *found, "`use`");
  check_section(context, use, "retries", [&](const Node& node) { read_retry(context, node); });
  check_section(context, use, "errors", [&](const Node& node) { read_error(context, node); });
  check_section(context, use, "timeouts",
                [&](const Node& node) { read_timeout_policy(context, node); });
  check_section(context, use, "authentications",
                [&](const Node& node) { read_authentication(context, node); });
  check_section(context, use, "functions", [](const Node&) {});  // read where they are called
  check_section(context, use, "catalogs", [&](const Node& node) { check_catalog(context, node); });
  declare_extensions(context, use);
  use.unsupported("secrets", "`use.secrets`");
  use.finish();
}

}  // namespace endure::workflow::parse
