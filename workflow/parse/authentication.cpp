#include <algorithm>
#include <string>
#include <vector>

#include "workflow/parse/deploy_expressions.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

const std::vector<std::string> schemes = {"basic", "bearer", "digest", "oauth2", "oidc"};
const std::vector<std::string> grants = {"authorization_code", "client_credentials", "password",
                                         "refresh_token",
                                         "urn:ietf:params:oauth:grant-type:token-exchange"};
const std::vector<std::string> client_methods = {"client_secret_post", "client_secret_basic",
                                                 "client_secret_jwt", "private_key_jwt", "none"};

void check_text(Context& context, const std::optional<Node>& node) {
  if (node) read_text(context, *node, "text or an expression");
}

void check_texts(Context& context, const std::optional<Node>& node) {
  if (!node) return;
  if (node->json().is_string() && enclosed(node->json().get<std::string>())) return;
  if (!check_list(context, *node, "a list of texts")) return;
  for (std::size_t i = 0; i < node->json().size(); ++i) {
    read_text(context, node->item(i), "text or an expression");
  }
}

void check_credentials(Context& context, const Node& node, const std::string& scheme) {
  Fields fields(context, node, "`" + scheme + "`");
  if (scheme == "bearer") {
    check_text(context, fields.require("token", "text or an expression"));
  } else {
    check_text(context, fields.require("username", "text or an expression"));
    check_text(context, fields.require("password", "text or an expression"));
  }
  fields.finish();
}

// -- OAuth 2 ------------------------------------------------------------------

void check_token(Context& context, const std::optional<Node>& node, const std::string& what) {
  if (!node) return;
  Fields fields(context, *node, what);
  check_text(context, fields.require("token", "the security token"));
  check_text(context, fields.require("type", "the token's type, a URI"));
  fields.finish();
}

void check_client(Context& context, const Node& node, const std::optional<Node>& client) {
  std::string method = client_methods.front();
  bool has_id = false;
  if (client) {
    Fields fields(context, *client, "`client`");
    const auto id = fields.take("id");
    const auto secret = fields.take("secret");
    const auto assertion = fields.take("assertion");
    for (const auto& text : {id, secret, assertion}) check_text(context, text);
    has_id = id.has_value();
    if (const auto authentication = fields.take("authentication")) {
      method = client_methods[read_choice(context, *authentication, client_methods).value_or(0)];
    }
    if (method == "private_key_jwt" && !assertion) {
      context.problems.add(client->pointer,
                           "`private_key_jwt` needs the member `assertion`, a signed JWT");
    }
    if ((method == "client_secret_basic" || method == "client_secret_jwt") && !secret) {
      context.problems.add(client->pointer, shown(method) + " needs the member `secret`");
    }
    fields.finish();
  }
  if (!has_id && method != "none") {
    context.problems.add(client ? client->pointer : node.pointer,
                         "`client.id` is missing; only `client.authentication: none` goes "
                         "without it");
  }
}

void check_grant(Context& context, const Fields& fields, const Node& node) {
  const auto grant = grants[read_choice(context, node, grants).value_or(1)];
  if (grant == "authorization_code") {
    context.problems.unsupported(node.pointer,
                                 "the grant `authorization_code` (a person would have to log in)");
  }
  const auto need = [&](const char* member, const char* what) {
    if (!fields.has(member)) {
      context.problems.add(
          fields.node().pointer,
          "the grant " + shown(grant) + " needs the member `" + member + "`, " + what);
    }
  };
  if (grant == "password") {
    need("username", "text or an expression");
    need("password", "text or an expression");
  }
  if (grant == "refresh_token") need("subject", "whose token is the refresh token");
  if (grant == grants.back()) need("subject", "the token to exchange");
}

void check_oauth(Context& context, const Node& node, const std::string& scheme) {
  Fields fields(context, node, "`" + scheme + "`");
  if (!fields.is_object()) return;
  check_text(context, fields.require("authority", "the URI of the authority"));
  if (const auto grant = fields.require("grant", "a grant such as client_credentials")) {
    check_grant(context, fields, *grant);
  }
  if (scheme == "oauth2") {
    if (const auto endpoints = fields.take("endpoints")) {
      Fields paths(context, *endpoints, "`endpoints`");
      for (const char* key : {"token", "revocation", "introspection"}) {
        check_text(context, paths.take(key));
      }
      paths.finish();
    }
  }
  check_client(context, node, fields.take("client"));
  if (const auto request = fields.take("request")) {
    Fields inner(context, *request, "`request`");
    if (const auto encoding = inner.take("encoding")) {
      read_choice(context, *encoding, {"application/x-www-form-urlencoded", "application/json"});
    }
    inner.finish();
  }
  for (const char* key : {"issuers", "scopes", "audiences"}) check_texts(context, fields.take(key));
  for (const char* key : {"username", "password"}) check_text(context, fields.take(key));
  for (const char* key : {"subject", "actor"}) {
    check_token(context, fields.take(key), "`" + std::string(key) + "`");
  }
  fields.finish();
}

// -- by a secret --------------------------------------------------------------

// {basic: {use: mySecret}}: the whole secret stands for the scheme's members.
std::optional<Template> from_secret(Context& context, const Node& node, const std::string& scheme) {
  Fields fields(context, node, "`" + scheme + "`");
  const auto use = fields.take("use");
  fields.finish();
  const auto name = read_text(context, *use, "text (a name under `use.secrets`)");
  if (!name || !check_secret(context, *use, *name)) return std::nullopt;
  Expression whole;
  whole.kind = Expression::Kind::path;
  whole.text = "$secrets[\"" + *name + "\"]";
  whole.variable = "secrets";
  whole.path = {*name};
  Template::Object policy;
  policy.push_back({scheme, Template{std::move(whole)}});
  return Template{std::move(policy)};
}

}  // namespace

bool check_secret(Context& context, const Node& node, const std::string& name) {
  const auto declared = declared_secrets(context.document);
  if (std::find(declared.begin(), declared.end(), name) != declared.end()) return true;
  context.problems.add(node.pointer, "the secret " + shown(name) +
                                         " is not declared; list it under `use.secrets`" +
                                         (declared.empty() ? "" : hint(name, declared)));
  return false;
}

std::optional<Template> read_authentication(Context& context, const Node& node) {
  Fields fields(context, node, "an authentication");
  if (!fields.is_object()) return std::nullopt;
  std::optional<Node> found;
  std::string scheme;
  for (const auto& name : schemes) {
    if (const auto member = fields.take(name)) {
      found = member;
      scheme = name;
    }
  }
  fields.finish();
  if (!found || node.json().size() != 1) {
    context.problems.add(node.pointer,
                         "expected exactly one of basic, bearer, digest, oauth2, oidc, use");
    return std::nullopt;
  }
  if (found->json().is_object() && found->json().contains("use")) {
    return from_secret(context, *found, scheme);
  }
  if (scheme == "oauth2" || scheme == "oidc") {
    check_oauth(context, *found, scheme);
  } else {
    check_credentials(context, *found, scheme);
  }
  return read_template(context, node);
}

std::optional<Template> read_authentication_or_use(Context& context, const Node& node) {
  const auto named = [&](const Node& use) -> std::optional<Template> {
    const auto name = read_text(context, use, "text (a name under `use.authentications`)");
    if (!name) return std::nullopt;
    if (const auto declared = context.reusable("authentications", *name)) {
      return read_authentication(context, *declared);
    }
    context.note_undeclared(use, "authentications", *name);
    return std::nullopt;
  };
  if (node.json().is_string()) return named(node);
  if (!node.json().is_object() || !node.json().contains("use")) {
    return read_authentication(context, node);
  }
  Fields fields(context, node, "an authentication");
  const Node use = *fields.take("use");
  fields.finish();
  return named(use);
}

}  // namespace endure::workflow::parse
