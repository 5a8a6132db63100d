// Calls of functions that stand elsewhere: at a URL or in a catalog.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "workflow/parse/call_target.hpp"
#include "workflow/parse/names.hpp"
#include "workflow/parse/resources.hpp"
#include "workflow/parse/use_functions.hpp"

namespace endure::workflow::parse {

namespace {

struct CatalogName {
  std::string function;
  std::string version;
  std::string catalog;

  std::string path() const { return "functions/" + function + "/" + version + "/function.yaml"; }
};

// Letters, digits, `.`, `_`, `+` and `-`, and no `..`: the parts of a path that leads nowhere else.
bool is_path_part(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._+-").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 100 && text.find("..") == std::string_view::npos &&
         text.front() != '.' && std::all_of(text.begin(), text.end(), good);
}

std::optional<CatalogName> read_catalog_name(Context& context, const Node& node) {
  const auto text = node.json().get<std::string>();
  const auto at = text.rfind('@');
  const auto colon = text.substr(0, at).find(':');
  if (colon != std::string::npos) {
    CatalogName name{text.substr(0, colon), text.substr(colon + 1, at - colon - 1),
                     text.substr(at + 1)};
    if (is_path_part(name.function) && is_path_part(name.version) && !name.catalog.empty()) {
      return name;
    }
  }
  context.problems.add(node.pointer, shown(text) +
                                         " names no function of a catalog; expected "
                                         "name:version@catalog, for example log:1.0.0@default");
  return std::nullopt;
}

TaskBody call_document(Context& context, TaskSource& task, const Document& document,
                       const std::string& uri, const std::optional<Node>& with) {
  const Node root{&document.json, task.fields.node().pointer + "/function"};
  context.problems.open(root.pointer, task.fields.node().below("call"), uri, document.lines);
  return parse_function_call(context, task, uri, root, with);
}

TaskBody call_default(Context& context, TaskSource& task, const CatalogName& name,
                      const std::optional<Node>& with) {
  const Node node = task.fields.node().member("call");
  if (const auto* document = find_in_default_catalog(context, node, name.path())) {
    return call_document(context, task, *document, default_catalog + name.path(), with);
  }
  const Json queue = name.function;
  CallFunctionTask step = parse_step(context, {&queue, node.pointer}, with, task.metadata);
  step.function = node.json().get<std::string>();
  return step;
}

}  // namespace

TaskBody parse_url_call(Context& context, TaskSource& task, const std::optional<Node>& with) {
  const Node node = task.fields.node().member("call");
  const auto address = read_address(context, node);
  const Document* document =
      address ? read_resource(context, node, *address, "the function") : nullptr;
  if (document == nullptr) return DoTask{};
  return call_document(context, task, *document, address->uri, with);
}

TaskBody parse_catalog_call(Context& context, TaskSource& task, const std::optional<Node>& with) {
  const Node node = task.fields.node().member("call");
  const auto name = read_catalog_name(context, node);
  if (!name) return DoTask{};
  const auto catalog = context.reusable("catalogs", name->catalog);
  if (!catalog && name->catalog == "default") return call_default(context, task, *name, with);
  if (!catalog) {
    context.note_undeclared(node, "catalogs", name->catalog);
    return DoTask{};
  }
  if (!catalog->json().is_object() || !catalog->json().contains("endpoint")) return DoTask{};
  auto address = read_address(context, catalog->member("endpoint"));
  if (!address) return DoTask{};
  if (!address->uri.ends_with('/')) address->uri += '/';
  address->uri += name->path();
  const Document* document = read_resource(context, node, *address, "the function");
  if (document == nullptr) return DoTask{};
  return call_document(context, task, *document, address->uri, with);
}

}  // namespace endure::workflow::parse
