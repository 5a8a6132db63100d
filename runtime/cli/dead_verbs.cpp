// dead list|show|redrive|drop
#include <memory>
#include <ostream>
#include <vector>

#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

struct DeadOptions {
  std::string queue, reason, cursor;
  std::vector<std::string> steps;
  std::uint32_t limit = 50;
  bool all = false;
};

std::string list_path(const std::string& queue) {
  return queue.empty() ? "/v1/dead" : "/v1/queues/" + percent_encoded(queue) + "/dead";
}

std::string error_text(const Json& letter) {
  const auto found = letter.find("error");
  if (found == letter.end() || !found->is_object()) return text_of(letter, "error");
  const std::string title = text_of(*found, "title");
  const std::string detail = text_of(*found, "detail");
  return title + (title.empty() || detail.empty() ? "" : ": ") + detail;
}

int list_dead(Context& context, const DeadOptions& options) {
  ApiClient node = connect(context);
  const Json answer = value_or_exit(
      context, node.get(list_path(options.queue),
                        {{"limit", std::to_string(options.limit)}, {"cursor", options.cursor}}));
  if (context.json) {
    print_json(context, answer);
    return exit_ok;
  }
  Table table({"STEP", "QUEUE", "WORKFLOW", "TASK", "ATTEMPTS", "DEAD FOR", "ERROR"});
  for (const Json& letter : items_of(answer)) {
    table.add({text_of(letter, "step"), text_of(letter, "queue"),
               text_of(letter, "namespace") + "/" + text_of(letter, "workflow"),
               text_of(letter, "task"), text_of(letter, "attempts"),
               age_of(text_of(letter, "since"), context.clock.now()),
               one_line(error_text(letter), 80)});
  }
  table.print(context.out);
  const std::string next = text_of(answer, "next_cursor");
  if (!next.empty()) context.err << "there are more: add --cursor " << next << '\n';
  return exit_ok;
}

// The API lists dead letters; one of them is looked for page by page.
int show_dead(Context& context, const std::string& step) {
  ApiClient node = connect(context);
  std::string cursor;
  do {
    const Json page =
        value_or_exit(context, node.get("/v1/dead", {{"limit", "100"}, {"cursor", cursor}}));
    for (const Json& letter : items_of(page)) {
      if (text_of(letter, "step") != step) continue;
      print_json(context, letter);
      return exit_ok;
    }
    cursor = text_of(page, "next_cursor");
  } while (!cursor.empty());
  return report(context, exit_not_found, "there is no dead letter " + step,
                "`endure dead list` shows what there is");
}

// The verb on each named step, also after one that failed; the first failure's exit code.
int each_step(Context& context, const std::vector<std::string>& steps, const std::string& verb,
              const Json& body, const std::string& done) {
  ApiClient node = connect(context);
  int code = exit_ok;
  for (const std::string& step : steps) {
    const auto answer = node.post("/v1/dead/" + percent_encoded(step) + "/" + verb, body);
    if (!answer) {
      const int failed = report(context, answer.error());
      if (code == exit_ok) code = failed;
    } else if (context.json) {
      print_json(context, *answer);
    } else {
      context.out << step << ": " << done << '\n';
    }
  }
  return code;
}

int redrive_all(Context& context, const std::string& only) {
  ApiClient node = connect(context);
  std::vector<std::string> queues{only};
  if (only.empty()) {
    queues.clear();
    const Json answer = value_or_exit(context, node.get("/v1/queues"));
    for (const Json& queue : answer.is_array() ? answer : items_of(answer)) {
      if (number_of(queue, "dead") > 0) queues.push_back(text_of(queue, "queue"));
    }
  }
  std::uint64_t redriven = 0;
  for (const std::string& queue : queues) {
    const Json answer =
        value_or_exit(context, node.post("/v1/queues/" + percent_encoded(queue) + "/dead/redrive"));
    redriven += number_of(answer, "redriven");
  }
  if (context.json) {
    print_json(context, Json{{"redriven", redriven}});
  } else {
    context.out << redriven << " dead letters are back on their queues\n";
  }
  return exit_ok;
}

int redrive(Context& context, const DeadOptions& options) {
  if (options.all == !options.steps.empty()) {
    return report(context, exit_usage, "name steps, or give --all", "`endure dead list`");
  }
  if (options.all) return redrive_all(context, options.queue);
  return each_step(context, options.steps, "redrive", Json::object(), "back on its queue");
}

}  // namespace

void add_dead_verbs(Verb app, Context& context) {
  const Verb group = app.group("dead", "Dead letters: steps that are out of attempts");
  const auto options = std::make_shared<DeadOptions>();

  const Verb list = group.verb("list", "List dead letters",
                               "  endure dead list\n  endure dead list --queue enrich");
  list.option("--queue", options->queue, "Only of this queue");
  list.option("--limit", options->limit, "The most to list").range(1, 1'000).shows_default();
  list.option("--cursor", options->cursor, "Where the list before ended");
  list.on_run(context, [&context, options] { return list_dead(context, *options); });

  const Verb show = group.verb("show", "Show a dead letter with its error and arguments",
                               "  endure dead show STEP      (from `endure dead list`)");
  show.option("STEP", options->steps, "The step").required().expected(1);
  show.on_run(context, [&context, options] { return show_dead(context, options->steps.front()); });

  const Verb again = group.verb("redrive", "Put dead letters back on their queues",
                                "  endure dead redrive STEP\n"
                                "  endure dead redrive --all --queue enrich\n"
                                "  endure dead redrive --all");
  again.option("STEP", options->steps, "The steps");
  again.flag("--all", options->all, "All of them");
  again.option("--queue", options->queue, "With --all: only of this queue");
  again.on_run(context, [&context, options] { return redrive(context, *options); });

  const Verb drop = group.verb("drop", "Give steps up: their tasks raise the last error",
                               "  endure dead drop STEP --reason 'the customer is gone'");
  drop.option("STEP", options->steps, "The steps").required();
  drop.option("--reason", options->reason, "Why; it stands in the history").required();
  drop.on_run(context, [&context, options] {
    return each_step(context, options->steps, "drop", Json{{"reason", options->reason}},
                     "given up");
  });
}

}  // namespace endure::cli
