// cancel, terminate, pause, resume
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

struct ControlOptions {
  std::vector<std::string> names;
  std::string ns = "default", reason;
};

// Every named workflow gets the verb, also after one that failed; the first failure's exit code.
int control(Context& context, const std::string& verb, const ControlOptions& options) {
  ApiClient node = connect(context);
  int code = exit_ok;
  for (const std::string& name : options.names) {
    const auto [ns, id] = split_name(name, options.ns);
    const auto summary =
        node.post(workflow_path(ns, id, "/" + verb), Json{{"reason", options.reason}});
    if (!summary) {
      const int failed = report(context, summary.error());
      if (code == exit_ok) code = failed;
    } else if (context.json) {
      print_json(context, *summary);
    } else {
      context.out << workflow_name(*summary) << ": " << one_line(phase_and_status(*summary))
                  << '\n';
    }
  }
  return code;
}

}  // namespace

void add_control_verbs(Verb app, Context& context) {
  struct Control {
    const char* name;
    const char* summary;
  };
  for (const auto& [name, summary] :
       {Control{"cancel", "Ask workflows to end as cancelled"},
        Control{"terminate", "End workflows at once, whatever state they are in"},
        Control{"pause", "Let workflows take no further transition until resumed"},
        Control{"resume", "Let paused or suspended workflows go on"}}) {
    const auto options = std::make_shared<ControlOptions>();
    const std::string verb = name;
    const Verb sub =
        app.verb(verb, summary,
                 "  endure " + verb + " agents/post-17 --reason 'asked by the customer'\n" +
                     "  endure " + verb + " post-17 post-18 -n agents");
    sub.option("WORKFLOW", options->names, "[NAMESPACE/]ID, one or more").required();
    sub.option("--reason", options->reason, "Why; it stands in the history");
    sub.namespace_option(options->ns);
    sub.on_run(context, [&context, verb, options] { return control(context, verb, *options); });
  }
}

}  // namespace endure::cli
