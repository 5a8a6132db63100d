// history, watch
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <thread>

#include "config/quantity.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/cli/workflow_view.hpp"

namespace endure::cli {
namespace {

// No node allows less in a page.
constexpr std::uint32_t page_size = 100;

struct HistoryOptions {
  std::string name, ns = "default", interval = "500ms";
  std::uint64_t after = 0;
  std::uint64_t limit = 0;  // 0: all
};

void add_history_options(Verb verb, HistoryOptions& options) {
  verb.option("WORKFLOW", options.name, "[NAMESPACE/]ID").required();
  verb.namespace_option(options.ns);
  verb.option("--after", options.after, "Only transitions after this one");
}

using Fetch = std::function<ApiResult<Json>(const std::string& path, const Query& query)>;

// Hands every record after `after` to `take`, page by page; false from it ends that. The number of
// the last transition seen.
template <class Take>
std::uint64_t each_record(Context& context, const Fetch& fetch, const std::string& path,
                          std::uint64_t after, Take take) {
  while (true) {
    const Query query{{"after", std::to_string(after)}, {"limit", std::to_string(page_size)}};
    const Json page = value_or_exit(context, fetch(path, query));
    for (const Json& record : items_of(page)) {
      after = number_of(record, "transition");
      if (!take(record)) return after;
    }
    const std::uint64_t next = number_of(page, "next_after");
    if (next == 0 || items_of(page).empty()) return after;
  }
}

int print_whole_history(Context& context, const HistoryOptions& options) {
  ApiClient node = connect(context);
  const auto [ns, id] = split_name(options.name, options.ns);
  Json items = Json::array();
  std::uint64_t count = 0;
  const Fetch fetch = [&](const std::string& path, const Query& query) {
    return node.get(path, query);
  };
  each_record(context, fetch, workflow_path(ns, id, "/history"), options.after,
              [&](const Json& record) {
                if (context.json) {
                  items.push_back(record);
                } else {
                  print_history(context.out, record);
                }
                return ++count != options.limit;
              });
  if (context.json) print_json(context, Json{{"items", items}});
  return exit_ok;
}

int watch_workflow(Context& context, const HistoryOptions& options) {
  const auto interval_ms = config::duration_from(options.interval);
  if (!interval_ms) return report(context, exit_usage, "--interval: " + interval_ms.error().what);
  ApiClient node = connect(context);
  const auto [ns, id] = split_name(options.name, options.ns);
  bool seen = false;  // only a workflow that was there is worth waiting for
  const Fetch fetch = [&](const std::string& path, const Query& query) {
    const auto call = [&] { return node.get(path, query); };
    return seen ? patiently(context, call) : call();
  };
  std::uint64_t after = options.after;
  while (true) {
    // Whether it has ended is asked first, so that nothing of its history is missed.
    const Json workflow = value_or_exit(context, fetch(workflow_path(ns, id), {}));
    seen = true;
    after = each_record(context, fetch, workflow_path(ns, id, "/history"), after,
                        [&](const Json& record) {
                          if (context.json) {
                            context.out << record.dump() << '\n';
                          } else {
                            print_history(context.out, record);
                          }
                          return true;
                        });
    context.out.flush();
    if (has_ended(workflow)) {
      return text_of(workflow, "phase") == "completed" ? exit_ok : exit_not_completed;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(*interval_ms));
  }
}

}  // namespace

void add_history_verbs(Verb app, Context& context) {
  const auto listed = std::make_shared<HistoryOptions>();
  const Verb history = app.verb("history", "Print what happened to a workflow, oldest first",
                                "  endure history agents/post-17\n"
                                "  endure history post-17 -n agents --after 12 --output json");
  add_history_options(history, *listed);
  history.option("--limit", listed->limit, "The most transitions to print; 0: all");
  history.on_run(context, [&context, listed] { return print_whole_history(context, *listed); });

  const auto watched = std::make_shared<HistoryOptions>();
  const Verb watch = app.verb("watch", "Follow a workflow's history until its end",
                              "  endure watch agents/post-17\n"
                              "  endure watch agents/post-17 --output json    (one object a line)");
  add_history_options(watch, *watched);
  watch.option("--interval", watched->interval, "How often to look").shows_default();
  watch.on_run(context, [&context, watched] { return watch_workflow(context, *watched); });
}

}  // namespace endure::cli
