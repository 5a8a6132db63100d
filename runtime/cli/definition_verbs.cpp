// deploy, definitions list|show
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

std::string joined(const Json& texts) {
  std::string out;
  for (const Json& text : texts) {
    if (text.is_string()) out += (out.empty() ? "" : ", ") + text.get<std::string>();
  }
  return out;
}

std::string definition_text(const Json& item) {
  return text_of(item, "namespace") + "/" + text_of(item, "name") + ":" + text_of(item, "version");
}

// Every file is tried, also after one that failed; the first failure's exit code.
int deploy(Context& context, const std::vector<std::string>& files) {
  ApiClient node = connect(context);
  int code = exit_ok;
  for (const std::string& file : files) {
    const std::string text = file_text(context, file);
    const char* type = file.ends_with(".json") ? "application/json" : "application/yaml";
    const auto answer = node.post_text("/v1/definitions", type, text);
    if (!answer) {
      context.err << file << ":\n";
      const int failed = report(context, answer.error());
      if (code == exit_ok) code = failed;
    } else if (context.json) {
      print_json(context, *answer);
    } else {
      const std::string queues = joined(items_of(*answer, "queues"));
      context.out << definition_text(*answer) << " deployed"
                  << (queues.empty() ? "" : "; its steps go to: " + one_line(queues)) << '\n';
      for (const Json& warning : items_of(*answer, "warnings")) {
        context.err << "warning: " << text_of(warning, "pointer") << ": "
                    << one_line(text_of(warning, "detail")) << '\n';
      }
    }
  }
  return code;
}

int list_definitions(Context& context) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(context, node.get("/v1/definitions"));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  Table table({"DEFINITION", "VERSION", "DEPLOYED", "QUEUES"});
  for (const Json& item : items_of(answer)) {
    table.add({text_of(item, "namespace") + "/" + text_of(item, "name"), text_of(item, "version"),
               age_of(text_of(item, "deployed"), context.clock.now()),
               joined(items_of(item, "queues"))});
  }
  table.print(context.out);
  return exit_ok;
}

// The version deployed last, where none is named.
std::string latest_version(Context& context, ApiClient& node, const std::string& ns,
                           const std::string& name) {
  const Json answer = value_or_exit(context, node.get("/v1/definitions"));
  std::string version, deployed;
  for (const Json& item : items_of(answer)) {
    if (text_of(item, "namespace") != ns || text_of(item, "name") != name) continue;
    if (text_of(item, "deployed") >= deployed) {
      deployed = text_of(item, "deployed");
      version = text_of(item, "version");
    }
  }
  if (!version.empty()) return version;
  throw ExitWith{report(context, exit_not_found, "there is no definition " + ns + "/" + name,
                        "`endure definitions list` shows what there is")};
}

int show_definition(Context& context, const std::string& full_name, const std::string& fallback) {
  ApiClient node = connect(context);
  auto [ns, name] = split_name(full_name, fallback);
  const auto colon = name.find(':');
  const std::string version =
      colon == name.npos ? latest_version(context, node, ns, name) : name.substr(colon + 1);
  name = name.substr(0, colon);
  const std::string source =
      value_or_exit(context, node.get_text("/v1/definitions/" + percent_encoded(ns) + "/" +
                                           percent_encoded(name) + "/" + percent_encoded(version)));
  if (context.json) {
    print_json(context,
               Json{{"namespace", ns}, {"name", name}, {"version", version}, {"source", source}});
  } else {
    context.out << source << (source.ends_with('\n') ? "" : "\n");
  }
  return exit_ok;
}

}  // namespace

void add_definition_verbs(Verb app, Context& context) {
  const auto files = std::make_shared<std::vector<std::string>>();
  const Verb deploy_verb = app.verb("deploy", "Make definitions known to a node",
                                    "  endure deploy agents/social_post.yaml\n"
                                    "  endure deploy *.yaml --output json");
  deploy_verb.option("FILE", *files, "Definitions, YAML or JSON; - is standard input").required();
  deploy_verb.on_run(context, [&context, files] { return deploy(context, *files); });

  const Verb group = app.group("definitions", "Deployed definitions");
  const Verb list = group.verb("list", "List them", "  endure definitions list");
  list.on_run(context, [&context] { return list_definitions(context); });

  struct ShowOptions {
    std::string name, ns = "default";
  };
  const auto shown = std::make_shared<ShowOptions>();
  const Verb show = group.verb("show", "Print a definition as it was deployed",
                               "  endure definitions show agents/social-post\n"
                               "  endure definitions show agents/social-post:1.0.0");
  show.option("DEFINITION", shown->name, "[NAMESPACE/]NAME[:VERSION]").required();
  show.namespace_option(shown->ns);
  show.on_run(context,
              [&context, shown] { return show_definition(context, shown->name, shown->ns); });
}

}  // namespace endure::cli
