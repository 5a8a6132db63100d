#include <string>
#include <vector>

#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

void check_scheme(Context& context, const Node& node, const std::string& what,
                  const std::vector<std::string>& members) {
  Fields fields(context, node, what);
  if (fields.has("use")) {
    fields.unsupported("use", "authentication by a secret");
    return;
  }
  for (const auto& key : members) {
    if (const auto found = fields.require(key, "text or an expression")) {
      read_text(context, *found, "text");
    }
  }
  fields.finish();
}

}  // namespace

std::optional<Template> read_authentication(Context& context, const Node& node) {
  Fields fields(context, node, "an authentication");
  if (!fields.is_object()) return std::nullopt;
  for (const char* scheme : {"digest", "oauth2", "oidc"}) {
    fields.unsupported(scheme, "`" + std::string(scheme) + "` authentication");
  }
  const auto basic = fields.take("basic");
  const auto bearer = fields.take("bearer");
  if (basic) check_scheme(context, *basic, "`basic`", {"username", "password"});
  if (bearer) check_scheme(context, *bearer, "`bearer`", {"token"});
  fields.finish();
  if (node.json().size() != 1) {
    context.problems.add(node.pointer, "expected exactly one of basic, bearer, use");
    return std::nullopt;
  }
  return read_template(context, node);
}

std::optional<Template> read_authentication_or_use(Context& context, const Node& node) {
  if (!node.json().is_object() || !node.json().contains("use")) {
    return read_authentication(context, node);
  }
  Fields fields(context, node, "an authentication");
  const Node use = *fields.take("use");
  fields.finish();
  const auto name = read_text(context, use, "text (a name under `use.authentications`)");
  if (!name) return std::nullopt;
  if (const auto declared = context.reusable("authentications", *name)) {
    return read_authentication(context, *declared);
  }
  context.note_undeclared(use, "authentications", *name);
  return std::nullopt;
}

}  // namespace endure::workflow::parse
