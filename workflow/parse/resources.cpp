#include "workflow/parse/resources.hpp"

#include <string_view>
#include <utility>
#include <vector>

#include "workflow/parse/fields.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/reusable.hpp"
#include "workflow/parse/runtime_expression.hpp"

namespace endure::workflow::parse {

namespace {

constexpr std::size_t max_resources = 100;
constexpr std::size_t max_growth = 8;  // times the largest document, all resources together

std::string base64(std::string_view bytes) {
  static constexpr const char* digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group =
          (group << 8U) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j > bytes.size() ? '=' : digits[(group >> (18U - 6U * j)) & 0x3FU];
    }
  }
  return out;
}

std::optional<std::string> plain_text(Context& context, const Node& node, const char* expected) {
  auto text = read_text(context, node, expected);
  if (!text || !enclosed(*text)) return text;
  context.problems.add(node.pointer,
                       "this is read at deployment, when there is no data for an expression; "
                       "expected plain text");
  return std::nullopt;
}

// {basic: {username, password}} or {bearer: {token}}, checked before by read_authentication.
std::string authorization_of(Context& context, const Node& node) {
  const auto member = [&](const char* scheme, const char* key) {
    return plain_text(context, node.member(scheme).member(key), "text").value_or("");
  };
  const Json& json = node.json();
  if (json.contains("basic")) {
    return "Basic " + base64(member("basic", "username") + ":" + member("basic", "password"));
  }
  if (json.contains("bearer")) return "Bearer " + member("bearer", "token");
  context.problems.unsupported(node.pointer,
                               "this authentication where a resource is read (expected basic or "
                               "bearer)");
  return {};
}

std::string read_authorization(Context& context, const Node& node) {
  if (!read_authentication_or_use(context, node)) return {};
  if (!node.json().contains("use")) return authorization_of(context, node);
  const auto name = node.json().at("use").get<std::string>();
  return authorization_of(context, *context.reusable("authentications", name));
}

bool is_readable(const std::string& uri) {
  return uri.starts_with("http://") || uri.starts_with("https://") || uri.starts_with("file://");
}

// Reads the text as a document and keeps both. Null, and a problem, where it is none.
const Document* keep(Context& context, const Node& node, const std::string& uri, std::string text,
                     const std::string& what) {
  context.resolved_bytes += text.size();
  if (context.resolved.size() >= max_resources ||
      context.resolved_bytes > max_growth * context.limits.max_bytes) {
    context.problems.add(node.pointer,
                         "the definition names too much at other addresses (at most " +
                             std::to_string(max_resources) + " documents of " +
                             std::to_string(max_growth * context.limits.max_bytes) +
                             " bytes together)");
    return nullptr;
  }
  auto document = read_document(text, context.limits);
  if (!document || !document->problems.empty()) {
    const Problem& problem = document ? document->problems.front() : document.error();
    context.problems.add(node.pointer, what + " at " + uri + ": " + to_string(problem));
    return nullptr;
  }
  context.resolved.emplace(uri, std::move(text));
  auto kept = std::make_unique<const Document>(*std::move(document));
  return context.documents.emplace(uri, std::move(kept)).first->second.get();
}

// The path's part after `/<marker>/`, cut off from `uri`; nothing where it has none.
std::optional<std::string> cut_after(std::string& uri, std::string_view marker) {
  const auto at = uri.find(marker);
  if (at == std::string::npos) return std::nullopt;
  std::string rest = uri.substr(at + marker.size());
  uri.resize(at);
  return rest;
}

}  // namespace

std::string raw_address(const std::string& uri) {
  std::string rest = uri;
  static constexpr std::string_view github = "https://github.com/";
  if (rest.starts_with(github)) {
    rest = rest.substr(github.size());
    const auto slash = rest.find('/');
    const auto repository_end = slash == std::string::npos ? slash : rest.find('/', slash + 1);
    if (slash == std::string::npos) return uri;
    const std::string repository = rest.substr(0, repository_end);
    std::string path = repository_end == std::string::npos ? "" : rest.substr(repository_end + 1);
    for (const std::string_view page : {"tree/", "blob/", "raw/"}) {
      if (!path.starts_with(page)) continue;
      path = path.substr(page.size());
      if (path.starts_with("refs/")) break;
      return "https://raw.githubusercontent.com/" + repository + "/refs/heads/" + path;
    }
    // Without a branch: what the repository shows first.
    if (!path.starts_with("refs/")) path = path.empty() ? "HEAD" : "HEAD/" + path;
    return "https://raw.githubusercontent.com/" + repository + "/" + path;
  }
  for (const std::string_view page : {"/-/tree/", "/-/blob/"}) {  // GitLab, wherever it runs
    if (const auto path = cut_after(rest, page)) return rest + "/-/raw/" + *path;
  }
  return uri;
}

std::optional<Address> read_address(Context& context, const Node& node) {
  Address address;
  std::optional<std::string> uri;
  std::string at = node.pointer;
  if (node.json().is_object()) {
    Fields fields(context, node, "an endpoint");
    if (const auto found = fields.require("uri", "http://…, https://… or file://…")) {
      uri = plain_text(context, *found, "text (a URI)");
      at = found->pointer;
    }
    if (const auto authentication = fields.take("authentication")) {
      address.authorization = read_authorization(context, *authentication);
    }
    fields.finish();
  } else {
    uri = plain_text(context, node, "text (a URI) or {uri, authentication}");
  }
  if (!uri) return std::nullopt;
  if (!is_readable(*uri)) {
    context.problems.add(at,
                         shown(*uri) + " cannot be read; expected http://…, https://… or file://…");
    return std::nullopt;
  }
  address.uri = raw_address(*uri);
  return address;
}

const Document* read_resource(Context& context, const Node& node, const Address& address,
                              const std::string& what) {
  const auto known = context.documents.find(address.uri);
  if (known != context.documents.end()) return known->second.get();
  if (context.resources == nullptr) {
    context.problems.add(node.pointer, what + " at " + shown(address.uri) +
                                           " is read when the definition is deployed, and nothing "
                                           "is read from elsewhere here; ask a node that does");
    return nullptr;
  }
  auto text = context.resources->fetch({address.uri, address.authorization});
  if (!text) {
    context.problems.add(node.pointer,
                         what + " at " + address.uri + " cannot be read: " + text.error().what);
    return nullptr;
  }
  return keep(context, node, address.uri, *std::move(text), what);
}

const Document* find_in_default_catalog(Context& context, const Node& node,
                                        const std::string& path) {
  const std::string uri = default_catalog + path;
  const auto known = context.documents.find(uri);
  if (known != context.documents.end()) return known->second.get();
  if (context.resources == nullptr) return nullptr;
  auto text = context.resources->fetch({uri, {}});
  if (text) return keep(context, node, uri, *std::move(text), "the function");
  if (text.error().code != Code::not_found) {
    context.problems.add(node.pointer, "the node's catalog cannot be read: " + text.error().what);
  }
  return nullptr;
}

}  // namespace endure::workflow::parse
