// start, run
#include <algorithm>
#include <memory>
#include <ostream>

#include "config/quantity.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

struct StartOptions {
  std::string definition, id, version, input = "{}", on_conflict = "reject", ns = "default";
  std::string timeout = "0";  // of run
};

void add_start_options(Verb verb, StartOptions& options) {
  verb.option("DEFINITION", options.definition, "[NAMESPACE/]NAME[:VERSION]").required();
  verb.option("--id", options.id, "The workflow's id, by which a start is known again");
  verb.option("-i,--input", options.input, "JSON, @FILE, or - for standard input").shows_default();
  verb.option("--on-conflict", options.on_conflict,
              "When the id exists: reject, or return_existing")
      .one_of({"reject", "return_existing"})
      .shows_default();
  verb.namespace_option(options.ns);
}

Json start_body(Context& context, const StartOptions& options) {
  auto [ns, name] = split_name(options.definition, options.ns);
  const auto colon = name.find(':');
  Json body{{"namespace", ns}, {"definition", name.substr(0, colon)}};
  if (colon != name.npos) body["version"] = name.substr(colon + 1);
  if (!options.id.empty()) body["id"] = options.id;
  body["input"] = argument_json(context, "--input", options.input);
  body["on_conflict"] = options.on_conflict;
  return body;
}

int start_workflow(Context& context, const StartOptions& options) {
  const Json body = start_body(context, options);
  ApiClient node = connect(context);
  const Json summary = value_or_exit(context, node.post("/v1/workflows", body));
  if (context.json) {
    print_json(context, summary);
    return exit_ok;
  }
  const bool existed = text_of(summary, "existed") == "true";
  context.out << workflow_name(summary) << (existed ? " exists already: " : " started: ")
              << one_line(phase_and_status(summary)) << " (" << definition_name(summary) << ")\n";
  return exit_ok;
}

// Waits in calls of at most half a minute, until the workflow has ended or the time is over.
Json await_result(Context& context, ApiClient& node, const std::string& path,
                  std::int64_t timeout_ms) {
  constexpr std::int64_t longest_wait_ms = 30'000;
  const std::int64_t began_ms = context.clock.steady_ms();
  while (true) {
    std::int64_t wait_ms = longest_wait_ms;
    if (timeout_ms > 0) {
      const std::int64_t left_ms = timeout_ms - (context.clock.steady_ms() - began_ms);
      wait_ms = std::clamp<std::int64_t>(left_ms, 0, longest_wait_ms);
    }
    const Query query{{"wait_ms", std::to_string(wait_ms)}};
    auto result = patiently(context, [&] { return node.get(path, query); });
    if (result) return std::move(*result);
    const bool still_running = result.error().status == 504;
    if (!still_running) throw ExitWith{report(context, result.error())};
    if (timeout_ms > 0 && context.clock.steady_ms() - began_ms >= timeout_ms) {
      throw ExitWith{report(
          context, exit_retry_later,
          "the workflow has not ended in " + config::duration_text(timeout_ms) + "; it goes on",
          "`endure show` says what it waits for, `endure watch` follows it")};
    }
  }
}

int run_workflow(Context& context, const StartOptions& options) {
  const auto timeout_ms = config::duration_from(options.timeout);
  if (!timeout_ms) return report(context, exit_usage, "--timeout: " + timeout_ms.error().what);
  const Json body = start_body(context, options);
  ApiClient node = connect(context);
  const Json summary = value_or_exit(context, node.post("/v1/workflows", body));
  context.err << workflow_name(summary) << " started\n";
  const std::string path =
      workflow_path(text_of(summary, "namespace"), text_of(summary, "id"), "/result");
  const Json workflow = await_result(context, node, path, *timeout_ms);
  const bool completed = text_of(workflow, "phase") == "completed";
  if (context.json) {
    print_json(context, workflow);
  } else if (completed) {
    print_json(context, workflow.contains("output") ? workflow["output"] : Json());
  } else {
    report(context, exit_not_completed,
           workflow_name(workflow) + " ended " + phase_and_status(workflow) + ": " +
               (text_of(workflow, "error").empty() ? text_of(workflow, "cause")
                                                   : text_of(workflow, "error")),
           "`endure history " + workflow_name(workflow) + "` tells how it came to that");
  }
  return completed ? exit_ok : exit_not_completed;
}

}  // namespace

void add_start_verbs(Verb app, Context& context) {
  const auto started = std::make_shared<StartOptions>();
  const Verb start = app.verb("start", "Start a workflow and return at once",
                              "  endure start agents/social-post --id post-17 --input @post.json\n"
                              "  endure start social-post:1.0.0 -n agents -i '{\"post\": {}}'\n"
                              "  echo '{}' | endure start hello --input -");
  add_start_options(start, *started);
  start.on_run(context, [&context, started] { return start_workflow(context, *started); });

  const auto ran = std::make_shared<StartOptions>();
  const Verb run = app.verb("run", "Start a workflow, wait for its end and print its output",
                            "  endure run hello --input '{\"name\": \"you\"}'\n"
                            "  endure run agents/social-post -i @post.json --timeout 5m");
  add_start_options(run, *ran);
  run.option("--timeout", ran->timeout, "How long to wait, such as 5m; 0: until the end")
      .shows_default();
  run.on_run(context, [&context, ran] { return run_workflow(context, *ran); });
}

}  // namespace endure::cli
