// The parsed, validated model of a definition (Open Workflow DSL 1.0.3).
// Immutable after parsing; shared between threads by std::shared_ptr<const Definition>.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "workflow/expression.hpp"
#include "workflow/protocol_call.hpp"
#include "workflow/resources.hpp"
#include "workflow/run_task.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow {

namespace schema {
class Pattern;
}

class JsonSchema;  // json_schema.hpp

// A definition is immutable by these three.
struct DefinitionRef {
  std::string ns;
  std::string name;
  std::string version;

  auto operator<=>(const DefinitionRef&) const = default;
};

std::string to_string(const DefinitionRef& ref);  // "namespace/name:version"

// A task's index in Definition::tasks: document order, so it is stable for one definition, and a
// snapshot's frames need no more than this number to say where they are. 0 is the root `do`.
using TaskId = std::uint32_t;

// -- parts that tasks share ---------------------------------------------------

// What runs after a task. `task` is a sibling in the same list.
struct Flow {
  enum class Kind : std::uint8_t { next, exit, end, task };
  Kind kind = Kind::next;
  TaskId task = 0;
};

// A duration: constant, or an expression that gives an ISO 8601 string or a duration object.
struct Duration {
  std::variant<std::int64_t, Template> ms_or_template = std::int64_t{0};
};

// `PT1H30M`, `P30D`, or {days, hours, minutes, seconds, milliseconds} to milliseconds.
Result<std::int64_t> duration_ms(const Json& json, const std::string& pointer);

struct ErrorTemplate {  // of `raise`: members may be expressions
  Template type;
  Template status;
  std::optional<Template> title;
  std::optional<Template> detail;
  std::optional<Template> instance;
};

// How often and when something is tried again (`retry` of a try, or a step queue's own policy).
struct RetryPolicy {
  enum class Backoff : std::uint8_t { constant, linear, exponential };
  std::optional<Expression> when;
  std::optional<Expression> except_when;
  Backoff backoff = Backoff::constant;
  Duration delay;
  double multiplier = 2.0;            // exponential
  std::optional<Duration> increment;  // linear; absent: the delay
  std::optional<Duration> max_delay;
  Duration jitter_from;  // a part of the delay that is drawn, from..to
  Duration jitter_to;
  std::optional<std::uint32_t> limit_attempts;
  std::optional<Duration> limit_attempt_duration;
  std::optional<Duration> limit_duration;
};

// How a step is treated by its queue; from the task's `metadata`, absent parts by the node's
// configuration.
struct StepPolicy {
  std::optional<std::uint8_t> priority;       // 0 (first) to 9 (last); default 5
  std::optional<std::uint32_t> max_attempts;  // in all, the first included
  std::optional<std::int64_t> lease_ms;
  std::optional<std::int64_t> backoff_ms;  // before the second attempt; doubles after that
  std::optional<std::int64_t> max_backoff_ms;
};

// An event filter of `listen`: CloudEvents attributes; `data` may be an expression on the data.
struct EventFilter {
  struct Attribute {
    std::string name;                             // type, source, subject, id, …
    std::variant<std::string, Expression> match;  // a string is a literal or a regular expression
    // A string that is a regular expression, for the whole value; else null.
    std::shared_ptr<const schema::Pattern> pattern;
  };
  std::vector<Attribute> with;
  std::optional<Expression> data;
  std::string literal_type;  // the `type` where it is a plain string: what a listener is found by
  struct Correlation {       // what an event must have in common with those taken before it
    std::string key;
    Expression from;                 // sees the event as `.`
    std::optional<Template> expect;  // absent: the first event that is taken sets the value
  };
  std::vector<Correlation> correlate;
};

// What data must look like where a task or the workflow takes it in and gives it out.
struct DataSchemas {
  std::shared_ptr<const JsonSchema> input;
  std::shared_ptr<const JsonSchema> output;
  std::shared_ptr<const JsonSchema> exported;
};

// -- bodies, one a kind of task -----------------------------------------------

struct DoTask {
  std::vector<TaskId> tasks;
};

struct CallFunctionTask {  // a step on a durable queue
  std::string function;
  std::string queue;
  StepPolicy policy;
  Template with;
};

struct CallHttpTask {  // a step on the node's own queue `endure.http`
  std::string method;  // upper case; empty: `method_from` gives it
  Template method_from;
  Endpoint endpoint;
  Template headers;
  Template query;
  std::optional<Template> body;
  enum class Output : std::uint8_t { content, response, raw } output = Output::content;
  bool redirect = false;
};

struct SetTask {
  Template set;
};

struct SwitchTask {
  struct Case {
    std::string name;
    std::optional<Expression> when;  // absent: the default
    Flow then;
  };
  std::vector<Case> cases;
};

struct ForTask {
  std::string each = "item";
  std::string at = "index";
  std::variant<Expression, Template> in;  // an expression, or an inline array
  std::optional<Expression> while_;
  TaskId body = 0;  // a DoTask
};

struct ForkTask {
  std::vector<TaskId> branches;
  bool compete = false;
};

struct ListenTask {
  enum class Mode : std::uint8_t { one, any, all } mode = Mode::one;
  std::vector<EventFilter> filters;  // `any` with none matches every event
  enum class Read : std::uint8_t { data, envelope, raw } read = Read::data;
  struct UntilEvents {
    Mode mode = Mode::one;
    std::vector<EventFilter> filters;
  };
  // `any` alone: goes on taking events until the condition holds, or until those events have come.
  std::variant<std::monostate, Expression, UntilEvents> until;
  struct Each {  // what is done with one event before the next is taken
    std::string item = "item";
    std::string at = "index";
    std::optional<TaskId> body;  // a DoTask
    std::optional<Template> output_as;
    std::optional<Template> export_as;
    DataSchemas schemas;  // of its output and its export
  };
  std::optional<Each> each;
};

// A subscription of `call: asyncapi`: steps that each fetch the next messages, until enough are
// consumed. Every batch is one transition, so that none that was consumed is lost or handled twice.
struct SubscribeTask {
  CallProtocolTask call;
  std::optional<Expression> filter;
  std::optional<std::int64_t> amount;
  std::optional<Expression> while_;
  std::optional<Expression> until;
  std::optional<Duration> for_;
  std::optional<ListenTask::Each> each;  // what is done with one message before the next is taken
};

struct WaitTask {
  Duration duration;
};

struct TryTask {
  TaskId body = 0;  // a DoTask
  struct Catch {
    Json with = Json::object();  // attributes that the error must have: type, status, …
    std::string as = "error";
    std::optional<Expression> when;
    std::optional<Expression> except_when;
    std::optional<RetryPolicy> retry;
    std::optional<TaskId> body;  // a DoTask
    Flow then;  // after an error was caught; the task's own where the document gives none
  } catch_;
};

struct RaiseTask {
  ErrorTemplate error;
};

struct EmitTask {
  Template event;  // CloudEvents attributes; id, time and specversion are added where absent
};

// A task around which extensions run. Its members (if, input, output, export, timeout, then) are
// the extended task's; the task itself is `inner`, which has none of them.
struct ExtendTask {
  TaskId inner = 0;
  std::vector<std::uint32_t> extensions;  // indexes of Definition::extensions, outermost first
};

using TaskBody =
    std::variant<DoTask, CallFunctionTask, CallHttpTask, CallProtocolTask, SubscribeTask, SetTask,
                 SwitchTask, ForTask, ForkTask, ListenTask, WaitTask, TryTask, RaiseTask, EmitTask,
                 RunWorkflowTask, RunProcessTask, ExtendTask>;

// One of `use.extensions`.
struct Extension {
  std::string name;
  std::optional<Expression> when;
  std::optional<TaskId> before;  // a DoTask
  std::optional<TaskId> after;   // a DoTask
};

struct Task {
  TaskId id = 0;
  TaskId parent = 0;    // 0 for the root itself
  std::string name;     // the item's key; "do" for implicit lists
  std::string pointer;  // "/do/0/enrich"
  std::optional<Expression> if_;
  std::optional<Template> input_from;
  std::optional<Template> output_as;
  std::optional<Template> export_as;
  DataSchemas schemas;
  std::optional<Duration> timeout;
  Flow then;
  std::optional<Template> status;        // metadata.status: business status when the task starts
  std::optional<Template> status_after;  // metadata.statusAfter: and when it has completed
  Json source;                           // the task's own document, for $task.definition
  TaskBody body;
};

// One thing that is wrong with a document.
struct Problem {
  std::string pointer;  // JSON pointer, empty for the whole document
  int line = 0;         // 1-based; 0 where unknown (a document that never was text)
  std::string what;     // what was expected and what to do
};

std::string to_string(const Problem& problem);  // "line 12, /do/0/enrich: …"

struct Schedule;  // workflow/schedule/schedule.hpp

struct Definition {
  DefinitionRef ref;
  std::string title;
  std::string summary;
  Value document;               // the whole document, for $workflow.definition
  std::string source;           // the text as it was deployed
  ResolvedResources resources;  // what was read for it from elsewhere, by address
  std::vector<Task> tasks;      // [0] is the root DoTask
  std::vector<Extension> extensions;
  std::optional<Template> input_from;
  std::optional<Template> output_as;
  DataSchemas schemas;
  std::optional<Duration> timeout;
  std::string initial_status;                // document.metadata.status
  bool needs_jq = false;                     // some expression may take as long as its limits allow
  std::vector<std::string> queues;           // the step queues that its tasks name, each once
  std::vector<std::string> secrets;          // `use.secrets`
  std::shared_ptr<const Schedule> schedule;  // null where nothing starts it by itself

  const Task& task(TaskId id) const { return tasks.at(id); }
};

enum class SourceFormat : std::uint8_t { yaml, json };  // JSON is read by the YAML reader too

struct ParseLimits {
  std::size_t max_bytes = 1U << 20U;
  std::size_t max_depth = 64;
  std::size_t max_tasks = 10'000;
};

// Reads and validates a document; every problem found is returned, not the first alone. What it
// names and does not hold is asked of `resources`; null: such a definition is refused.
// Pure but for the expression compiler and `resources`. Any thread.
tl::expected<std::shared_ptr<const Definition>, std::vector<Problem>> parse_definition(
    const std::string& text, Expressions& expressions, const ParseLimits& limits = {},
    ExternalResources* resources = nullptr);

}  // namespace endure::workflow
