#include "benchmarks/decide.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "benchmarks/latencies.hpp"
#include "persistence/codec.hpp"
#include "workflow/decide.hpp"
#include "workflow/expressions.hpp"

namespace endure::benchmarks {

namespace {

using workflow::Json;

// `%TAGS%` is the one expression that differs.
constexpr const char* definition_text = R"(
document: { dsl: '1.0.3', namespace: bench, name: agent, version: '1.0.0', metadata: { status: RECEIVED } }
do:
  - enrich:
      try:
        - lookUp:
            call: enrich
            with: { post: "${ $workflow.input.post }", tags: "${ %TAGS% }" }
            metadata: { status: ENRICHING, statusAfter: ENRICHED }
      catch:
        errors: { with: { status: 503 } }
        retry: { delay: PT1S, backoff: { exponential: {} }, limit: { attempt: { count: 5 } } }
      export: { as: "${ {enriched: ., reminders: 0} }" }
  - triage:
      switch:
        - doubtful: { when: "${ .score < 0.65 }", then: review }
        - clear: { then: act }
  - review:
      listen: { to: { one: { with: { type: review.decided } } } }
      timeout: { after: P1D }
      output: { as: "${ .[0] }" }
      metadata: { status: WAITING_FOR_REVIEW }
  - act:
      fork:
        branches:
          - crm: { call: crm, with: { post: "${ $workflow.input.post }", by: "${ .by // \"triage\" }" } }
          - chat: { call: chat, with: { text: "${ \"\\($workflow.input.post.author.name): \\(%TAGS%)\" }" } }
  - finish:
      set: { outcome: done, enriched: "${ $context.enriched }" }
      metadata: { status: COMPLETED }
)";

struct Variant {
  const char* name;
  const char* tags;
};
constexpr Variant variants[] = {
    {"plain", "$workflow.input.post.tags[0]"},
    {"jq", "[$workflow.input.post.tags[] | ascii_upcase] | join(\\\"-\\\")"},
};

struct Samples {
  std::vector<double> decide_us;
  std::vector<double> encode_us;
  std::vector<double> bytes;
};

double us_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Json input() {
  return {{"post",
           {{"id", "post-1"},
            {"author", {{"name", "A. Benchmark"}, {"followers", 4711}}},
            {"text", std::string(160, 'x')},
            {"tags", {"alpha", "beta", "gamma"}}}}};
}

// The oldest step that the workflow has open on `queue`.
workflow::WaitId step_on(const workflow::Snapshot& snapshot, const std::string& queue) {
  for (const auto& step : snapshot.steps) {
    if (step.queue == queue) return step.wait;
  }
  return 0;
}

class OneWorkflow {
 public:
  OneWorkflow(const workflow::Definition& definition, workflow::Expressions& expressions,
              Samples& samples)
      : definition_(definition), expressions_(expressions), samples_(samples) {
    snapshot_ = workflow::new_workflow(1, {"bench", "w-1"}, definition, now_);
  }

  Result<void> run() {
    static const Json review{{"specversion", "1.0"},
                             {"id", "1"},
                             {"source", "bench"},
                             {"type", "review.decided"},
                             {"data", {{"approved", true}, {"by", "a person"}}}};
    static const Json enriched{{"score", 0.5}, {"topic", "benchmarks"}, {"reach", 4711}};
    auto done = decide(workflow::Started{input()})
                    .and_then([&] { return fail_step("enrich"); })
                    .and_then([&] { return fire(); })
                    .and_then([&] { return complete("enrich", enriched); })
                    .and_then([&] {
                      return decide(workflow::EventReceived{review, true});
                    })
                    .and_then([&] {
                      return complete("crm", {{"id", 1}});
                    })
                    .and_then([&] {
                      return complete("chat", {{"sent", true}});
                    });
    if (!done) return done;
    if (snapshot_.phase != workflow::Phase::completed) {
      return fail(Code::invalid, "the workflow is " + std::string(to_string(snapshot_.phase)) +
                                     " in the end: " + snapshot_.cause);
    }
    return {};
  }

 private:
  Result<void> complete(const std::string& queue, Json result) {
    return decide(workflow::StepCompleted{step_on(snapshot_, queue), std::move(result), 1, "w"});
  }
  Result<void> fail_step(const std::string& queue) {
    workflow::Fault fault{"https://open-workflow-specification.org/spec/1.0.0/errors/communication",
                          503, "Unavailable", "", ""};
    return decide(workflow::StepFailed{step_on(snapshot_, queue), std::move(fault), false, 1, "w"});
  }
  Result<void> fire() {
    if (snapshot_.timers.empty()) return fail(Code::invalid, "no timer is armed");
    const auto timer = snapshot_.timers.front();
    now_ = timer.due;
    return decide(workflow::TimerFired{timer.wait});
  }

  Result<void> decide(const workflow::Event& event) {
    workflow::Decision decision;
    decision.now = now_;
    decision.message = 1;
    const auto begin = SteadyClock::now();
    auto outcome = workflow::decide(definition_, snapshot_, event, decision, expressions_);
    samples_.decide_us.push_back(us_since(begin));
    if (!outcome) return Failure{outcome.error()};
    snapshot_ = std::move(outcome->next);
    const auto encoding = SteadyClock::now();
    const std::string bytes = persistence::encode_snapshot(snapshot_);
    samples_.encode_us.push_back(us_since(encoding));
    samples_.bytes.push_back(static_cast<double>(bytes.size()));
    return {};
  }

  const workflow::Definition& definition_;
  workflow::Expressions& expressions_;
  Samples& samples_;
  workflow::Snapshot snapshot_;
  Instant now_{1'000'000};
};

Report report_of(const char* name, const Samples& samples) {
  Report report("decide", "decide, one transition of a typical agent, in memory, expressions: " +
                              std::string(name));
  report.add_text("expressions", name);
  report.add("transitions", static_cast<double>(samples.decide_us.size()));
  report.add("decide_p50_us", percentile(samples.decide_us, 0.50), "decide p50", "us");
  report.add("decide_p95_us", percentile(samples.decide_us, 0.95), "decide p95", "us");
  report.add("decide_p99_us", percentile(samples.decide_us, 0.99), "decide p99", "us");
  report.add("encode_p50_us", percentile(samples.encode_us, 0.50), "encode p50", "us");
  report.add("snapshot_p50_bytes", percentile(samples.bytes, 0.50), "snapshot p50", "B");
  report.add("snapshot_max_bytes", percentile(samples.bytes, 1.0), "snapshot max", "B");
  return report;
}

}  // namespace

Result<std::vector<Report>> run_decide(std::uint64_t workflows) {
  const auto expressions = workflow::make_expressions();
  std::vector<Report> all;
  for (const Variant& variant : variants) {
    const auto definition =
        workflow::parse_definition(replaced(definition_text, "%TAGS%", variant.tags), *expressions);
    if (!definition) return fail(Code::invalid, to_string(definition.error().front()));
    Samples warm_up;
    Samples samples;
    for (std::uint64_t i = 0; i < workflows; ++i) {
      auto& target = i < workflows / 10 ? warm_up : samples;
      auto done = OneWorkflow(**definition, *expressions, target).run();
      if (!done) return Failure{done.error()};
    }
    all.push_back(report_of(variant.name, samples));
  }
  return all;
}

}  // namespace endure::benchmarks
