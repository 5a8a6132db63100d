#include <algorithm>
#include <set>
#include <string>

#include "workflow/parse/duration.hpp"
#include "workflow/parse/extensions.hpp"
#include "workflow/parse/names.hpp"
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

bool is_secret_name(const std::string& name) {
  constexpr std::size_t longest = 128;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= longest && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; });
}

// Names become names of files and of environment variables, so they are plain.
void check_secrets(Context& context, Fields& use) {
  const auto list = use.take("secrets");
  if (!list || !check_list(context, *list, "a list of secrets' names")) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list->json().size(); ++i) {
    const Node item = list->item(i);
    const auto name = read_text(context, item, "text (a secret's name)");
    if (!name) continue;
    if (!is_secret_name(*name)) {
      context.problems.add(item.pointer, shown(*name) +
                                             " cannot name a secret; expected 1 to 128 letters, "
                                             "digits, `.`, `_` and `-`, first a letter or digit");
    }
    if (!seen.insert(*name).second) {
      context.problems.add(item.pointer, "the secret " + shown(*name) + " stands here twice");
    }
  }
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
  check_secrets(context, use);
  check_section(context, use, "catalogs", [&](const Node& node) { check_catalog(context, node); });
  declare_extensions(context, use);
  use.finish();
}

}  // namespace endure::workflow::parse
