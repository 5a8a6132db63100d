// Each kind of task, read into the model.

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

template <class Body>
const Body& body_of(const Definition& definition, TaskId id) {
  const auto* body = std::get_if<Body>(&definition.task(id).body);
  REQUIRE(body != nullptr);
  return *body;
}

const Json& constant_of(const Template& tmpl) {
  const auto* value = std::get_if<Value>(&tmpl.node);
  REQUIRE(value != nullptr);
  return value->json();
}

std::int64_t ms_of(const Duration& duration) {
  const auto* ms = std::get_if<std::int64_t>(&duration.ms_or_template);
  REQUIRE(ms != nullptr);
  return *ms;
}

std::string program_of(const Template& tmpl) {
  const auto* expression = std::get_if<Expression>(&tmpl.node);
  REQUIRE(expression != nullptr);
  return expression->text;
}

}  // namespace

TEST_CASE("a definition has the parts of its header") {
  const auto definition = must_parse(
      "document: {dsl: '1.0.3', namespace: agents, name: social-post, version: '1.2.0',\n"
      "  title: A title, summary: A summary, tags: {a: b}, metadata: {status: RECEIVED, x: [1]}}\n"
      "input: {from: .post}\noutput: {as: {id: '${ .id }'}}\ntimeout: {after: P30D}\ndo: []\n");
  CHECK(to_string(definition->ref) == "agents/social-post:1.2.0");
  CHECK(definition->title == "A title");
  CHECK(definition->summary == "A summary");
  CHECK(definition->initial_status == "RECEIVED");
  CHECK(program_of(*definition->input_from) == ".post");
  CHECK(std::holds_alternative<Template::Object>(definition->output_as->node));
  CHECK(std::get<std::int64_t>(definition->timeout->ms_or_template) == 2'592'000'000);
  CHECK(definition->document->at("document").at("name") == "social-post");
  REQUIRE(definition->tasks.size() == 1);
  CHECK(definition->tasks[0].pointer == "/do");
  CHECK(body_of<DoTask>(*definition, 0).tasks.empty());
}

TEST_CASE("tasks are numbered in the order of the document and know where they stand") {
  const auto definition = must_parse(
      with_tasks("- a: {set: {x: 1}}\n"
                 "- b: {do: [{c: {set: {x: 2}}}, {d: {for: {in: .l}, do: [{e: {set: {x: 3}}}]}}]}\n"
                 "- f/g: {set: {x: 4}}\n"));
  std::vector<std::string> pointers;
  for (const Task& task : definition->tasks) {
    CHECK(task.id == pointers.size());
    pointers.push_back(task.pointer);
  }
  CHECK(pointers == std::vector<std::string>{"/do", "/do/0/a", "/do/1/b", "/do/1/b/do/0/c",
                                             "/do/1/b/do/1/d", "/do/1/b/do/1/d/do",
                                             "/do/1/b/do/1/d/do/0/e", "/do/2/f~1g"});
  CHECK(definition->task(6).parent == 5);
  CHECK(definition->task(5).parent == 4);
  CHECK(definition->task(5).name == "do");
  CHECK(definition->task(4).parent == 2);
  CHECK(definition->task(7).name == "f/g");
  CHECK(definition->task(3).source == Json::parse(R"({"set": {"x": 2}})"));
}

TEST_CASE("what all tasks share is read") {
  const auto definition = must_parse(
      with_tasks("- a:\n"
                 "    if: ${ .x > 1 }\n"
                 "    input: {from: .in}\n"
                 "    set: {y: '${ .x }'}\n"
                 "    output: {as: .out}\n"
                 "    export: {as: {k: '${ . }'}}\n"
                 "    timeout: {after: {seconds: 5}}\n"
                 "    then: end\n"
                 "    metadata: {status: ENRICHING, statusAfter: '${ .s }', owner: me}\n"));
  const Task& task = definition->task(1);
  CHECK(task.if_->text == ".x > 1");
  CHECK(program_of(*task.input_from) == ".in");
  CHECK(program_of(*task.output_as) == ".out");
  CHECK(task.export_as);
  CHECK(std::get<std::int64_t>(task.timeout->ms_or_template) == 5'000);
  CHECK(task.then.kind == Flow::Kind::end);
  CHECK(constant_of(*task.status) == "ENRICHING");
  CHECK(program_of(*task.status_after) == ".s");
}

TEST_CASE("then leads forwards, backwards and out") {
  const auto definition = must_parse(
      with_tasks("- a: {set: {x: 1}, then: c}\n- b: {do: [{n: {set: {x: 1}, then: exit}}]}\n"
                 "- c: {set: {x: 1}, then: a}\n- d: {set: {x: 1}, then: continue}\n"));
  CHECK(definition->task(1).then.kind == Flow::Kind::task);
  CHECK(definition->task(1).then.task == 4);
  CHECK(definition->task(3).then.kind == Flow::Kind::exit);
  CHECK(definition->task(4).then.task == 1);
  CHECK(definition->task(5).then.kind == Flow::Kind::next);
}

TEST_CASE("a call of any bare name is a step on the queue of that name") {
  const auto definition = must_parse(with_tasks(
      "- a: {call: enrich, with: {post: '${ .post }'}}\n"
      "- b:\n    call: act\n    metadata: {queue: slow, priority: 9, maxAttempts: 7, lease: PT1M,\n"
      "      backoff: {seconds: 2}, maxBackoff: PT5M}\n"
      "- c: {call: enrich}\n"));
  const auto& a = body_of<CallFunctionTask>(*definition, 1);
  CHECK(a.function == "enrich");
  CHECK(a.queue == "enrich");
  CHECK(std::holds_alternative<Template::Object>(a.with.node));
  const auto& b = body_of<CallFunctionTask>(*definition, 2);
  CHECK(b.function == "act");
  CHECK(b.queue == "slow");
  CHECK(b.policy.priority == 9);
  CHECK(b.policy.max_attempts == 7);
  CHECK(b.policy.lease_ms == 60'000);
  CHECK(b.policy.backoff_ms == 2'000);
  CHECK(b.policy.max_backoff_ms == 300'000);
  CHECK(constant_of(b.with) == Json::object());
  CHECK(definition->queues == std::vector<std::string>{"enrich", "slow"});
}

TEST_CASE("an HTTP call is read with its authentication") {
  const auto definition = must_parse(
      header() +
      "use: {authentications: {mine: {basic: {username: u, password: '${ .p }'}}}}\n"
      "do:\n- a:\n    call: http\n    with:\n      method: post\n"
      "      endpoint: {uri: 'https://x.test/{id}', authentication: {use: mine}}\n"
      "      headers: {A: b}\n      query: {n: 1}\n      body: {c: '${ .c }'}\n"
      "      output: response\n      redirect: true\n"
      "- b: {call: http, with: {method: GET, endpoint: '${ .url }', headers: '${ .h }'}}\n");
  const auto& a = body_of<CallHttpTask>(*definition, 1);
  CHECK(a.method == "POST");
  CHECK(constant_of(a.endpoint.uri) == "https://x.test/{id}");
  CHECK(constant_of(a.headers) == Json::parse(R"({"A": "b"})"));
  CHECK(constant_of(a.query) == Json::parse(R"({"n": 1})"));
  CHECK(a.body);
  CHECK(a.output == CallHttpTask::Output::response);
  CHECK(a.redirect);
  CHECK(std::get<Template::Object>(a.endpoint.authentication.node).at(0).key == "basic");
  const auto& b = body_of<CallHttpTask>(*definition, 2);
  CHECK(b.method == "GET");
  CHECK(program_of(b.endpoint.uri) == ".url");
  CHECK(program_of(b.headers) == ".h");
  CHECK_FALSE(b.body);
  CHECK(b.output == CallHttpTask::Output::content);
  CHECK(constant_of(b.endpoint.authentication).is_null());
  CHECK(definition->queues.empty());
}

TEST_CASE("set takes an object or an expression") {
  const auto definition =
      must_parse(with_tasks("- a: {set: {x: 1}}\n- b: {set: '${ .y }'}\n- c: {set: .z}\n"));
  CHECK(constant_of(body_of<SetTask>(*definition, 1).set) == Json::parse(R"({"x": 1})"));
  CHECK(program_of(body_of<SetTask>(*definition, 2).set) == ".y");
  CHECK(program_of(body_of<SetTask>(*definition, 3).set) == ".z");
}

TEST_CASE("a switch has cases and one default") {
  const auto definition = must_parse(with_tasks(
      "- s: {switch: [{low: {when: .x < 1, then: b}}, {rest: {then: exit}}]}\n- a: {set: {x: 1}}\n"
      "- b: {set: {x: 1}}\n"));
  const auto& cases = body_of<SwitchTask>(*definition, 1).cases;
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].name == "low");
  CHECK(cases[0].when->text == ".x < 1");
  CHECK(cases[0].then.task == 3);
  CHECK_FALSE(cases[1].when);
  CHECK(cases[1].then.kind == Flow::Kind::exit);
}

TEST_CASE("a loop names its variables and may stop early") {
  const auto definition = must_parse(
      with_tasks("- a: {for: {each: pet, in: .pets, at: i}, while: .go, do: [{x: {set: {y: 1}}}]}\n"
                 "- b: {for: {in: [1, '${ .two }']}, do: [{x: {set: {y: 1}}}]}\n"));
  const auto& a = body_of<ForTask>(*definition, 1);
  CHECK(a.each == "pet");
  CHECK(a.at == "i");
  CHECK(std::get<Expression>(a.in).text == ".pets");
  CHECK(a.while_->text == ".go");
  CHECK(body_of<DoTask>(*definition, a.body).tasks == std::vector<TaskId>{3});
  const auto& b = body_of<ForTask>(*definition, 4);
  CHECK(b.each == "item");
  CHECK(b.at == "index");
  CHECK(std::holds_alternative<Template>(b.in));
}

TEST_CASE("a fork has branches") {
  const auto definition = must_parse(with_tasks(
      "- f: {fork: {compete: true, branches: [{a: {set: {x: 1}}}, {b: {set: {x: 1}}}]}}\n"));
  const auto& fork = body_of<ForkTask>(*definition, 1);
  CHECK(fork.compete);
  CHECK(fork.branches == std::vector<TaskId>{2, 3});
  CHECK(definition->task(3).pointer == "/do/0/f/fork/branches/1/b");
}

TEST_CASE("listen takes one, any or all events") {
  const auto definition = must_parse(with_tasks(
      "- a: {listen: {to: {one: {with: {type: review.decided, subject: '${ .id }',"
      " data: '${ .ok }'}}}, read: envelope}}\n"
      "- b: {listen: {to: {any: []}}}\n"
      "- c: {listen: {to: {all: [{with: {type: 'a.*'}}, {with: {source: s}}]}, read: raw}}\n"));
  const auto& a = body_of<ListenTask>(*definition, 1);
  CHECK(a.mode == ListenTask::Mode::one);
  CHECK(a.read == ListenTask::Read::envelope);
  REQUIRE(a.filters.size() == 1);
  CHECK(a.filters[0].literal_type == "review.decided");
  CHECK(a.filters[0].data->text == ".ok");
  REQUIRE(a.filters[0].with.size() == 2);
  CHECK(a.filters[0].with[0].name == "subject");
  CHECK(std::get<Expression>(a.filters[0].with[0].match).text == ".id");
  CHECK(a.filters[0].with[1].pattern == nullptr);
  CHECK(body_of<ListenTask>(*definition, 2).mode == ListenTask::Mode::any);
  CHECK(body_of<ListenTask>(*definition, 2).filters.empty());
  const auto& c = body_of<ListenTask>(*definition, 3);
  CHECK(c.mode == ListenTask::Mode::all);
  CHECK(c.read == ListenTask::Read::raw);
  CHECK(c.filters.at(0).with.at(0).pattern != nullptr);
  CHECK(c.filters.at(0).literal_type.empty());
}

TEST_CASE("wait takes a duration in every form") {
  const auto definition = must_parse(
      with_tasks("- a: {wait: PT30S}\n- b: {wait: {minutes: 1}}\n- c: {wait: '${ .pause }'}\n"));
  CHECK(std::get<std::int64_t>(body_of<WaitTask>(*definition, 1).duration.ms_or_template) ==
        30'000);
  CHECK(std::get<std::int64_t>(body_of<WaitTask>(*definition, 2).duration.ms_or_template) ==
        60'000);
  CHECK(program_of(std::get<Template>(body_of<WaitTask>(*definition, 3).duration.ms_or_template)) ==
        ".pause");
}

TEST_CASE("a try catches, retries and goes on elsewhere") {
  const auto definition = must_parse(with_tasks(
      "- t:\n    try: [{a: {call: x}}]\n    catch:\n"
      "      errors: {with: {type: 'https://e.test/t', status: 503}}\n"
      "      as: err\n      when: .ok\n      exceptWhen: .never\n"
      "      retry:\n        when: .again\n        exceptWhen: .stop\n        delay: PT3S\n"
      "        backoff: {exponential: {multiplier: 3, maxDelay: PT1M}}\n"
      "        limit: {attempt: {count: 5, duration: PT10S}, duration: PT1H}\n"
      "        jitter: {from: {milliseconds: 10}, to: {milliseconds: 20}}\n"
      "      do: [{h: {set: {y: 1}}}]\n      then: last\n    then: end\n"
      "- mid: {set: {x: 1}}\n- last: {set: {x: 1}}\n"));
  const auto& body = body_of<TryTask>(*definition, 1);
  CHECK(definition->task(body.body).pointer == "/do/0/t/try");
  CHECK(definition->task(3).pointer == "/do/0/t/try/0/a");
  const auto& handler = body.catch_;
  CHECK(handler.with == Json::parse(R"({"type": "https://e.test/t", "status": 503})"));
  CHECK(handler.as == "err");
  CHECK(handler.when->text == ".ok");
  CHECK(handler.except_when->text == ".never");
  CHECK(definition->task(*handler.body).pointer == "/do/0/t/catch/do");
  CHECK(handler.then.kind == Flow::Kind::task);
  CHECK(definition->task(handler.then.task).name == "last");
  const RetryPolicy& retry = *handler.retry;
  CHECK(retry.when->text == ".again");
  CHECK(retry.except_when->text == ".stop");
  CHECK(ms_of(retry.delay) == 3'000);
  CHECK(retry.backoff == RetryPolicy::Backoff::exponential);
  CHECK(retry.multiplier == 3.0);
  CHECK(ms_of(*retry.max_delay) == 60'000);
  CHECK(retry.limit_attempts == 5);
  CHECK(ms_of(*retry.limit_attempt_duration) == 10'000);
  CHECK(ms_of(*retry.limit_duration) == 3'600'000);
  CHECK(ms_of(retry.jitter_from) == 10);
  CHECK(ms_of(retry.jitter_to) == 20);
}

TEST_CASE("a catch without then goes where its try goes") {
  const auto definition =
      must_parse(with_tasks("- t: {try: [{a: {call: x}}], catch: {}, then: c}\n- b: {set: {x: "
                            "1}}\n- c: {set: {x: 1}}\n"));
  const auto& body = body_of<TryTask>(*definition, 1);
  CHECK(body.catch_.then.kind == Flow::Kind::task);
  CHECK(definition->task(body.catch_.then.task).name == "c");
}

TEST_CASE("a linear backoff grows by its delay unless told otherwise") {
  const auto retry_of = [](const std::string& backoff) {
    const auto definition = must_parse(with_tasks(
        "- t: {try: [{a: {call: x}}], catch: {retry: {delay: PT4S, backoff: " + backoff + "}}}\n"));
    return *body_of<TryTask>(*definition, 1).catch_.retry;
  };
  CHECK_FALSE(retry_of("{linear: {}}").increment);
  CHECK(ms_of(*retry_of("{linear: {increment: PT1S}}").increment) == 1'000);
  CHECK(retry_of("{constant: {}}").backoff == RetryPolicy::Backoff::constant);
  CHECK(retry_of("{exponential: {}}").multiplier == 2.0);
}

TEST_CASE("reusable retries, errors and timeouts are resolved by name") {
  const auto definition = must_parse(
      header() +
      "use:\n  retries: {often: {delay: PT1S, limit: {attempt: {count: 9}}}}\n"
      "  errors: {gone: {type: 'https://e.test/gone', status: 410, detail: '${ .why }'}}\n"
      "  timeouts: {soon: {after: PT5S}}\n"
      "timeout: soon\n"
      "do:\n- t: {try: [{a: {call: x, timeout: soon}}], catch: {retry: often}}\n"
      "- r: {raise: {error: gone}}\n");
  CHECK(std::get<std::int64_t>(definition->timeout->ms_or_template) == 5'000);
  CHECK(std::get<std::int64_t>(definition->task(3).timeout->ms_or_template) == 5'000);
  CHECK(body_of<TryTask>(*definition, 1).catch_.retry->limit_attempts == 9);
  const auto& error = body_of<RaiseTask>(*definition, 4).error;
  CHECK(constant_of(error.type) == "https://e.test/gone");
  CHECK(constant_of(error.status) == 410);
  CHECK(program_of(*error.detail) == ".why");
  CHECK_FALSE(error.title);
}

TEST_CASE("emit takes the attributes of an event") {
  const auto definition = must_parse(with_tasks(
      "- e: {emit: {event: {with: {type: a.b, source: /x, myext: 1, data: {k: '${ .v }'}}}}}\n"));
  const auto& event = std::get<Template::Object>(body_of<EmitTask>(*definition, 1).event.node);
  CHECK(event.size() == 4);
}

}  // namespace endure::workflow::test
