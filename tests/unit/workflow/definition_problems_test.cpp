// What is refused, where, and with which words.

#include <algorithm>

#include "tests/support/definitions.hpp"

namespace endure::workflow::test {

namespace {

// `text` has exactly one problem, which reads as `expected` at its beginning or within.
void check_problem(const std::string& text, const std::string& where, const std::string& what) {
  const std::string problems = problems_of(text);
  INFO(text);
  INFO(problems);
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  CHECK(problems.starts_with(where + ": "));
  CHECK_THAT(problems, Catch::Contains(what));
}

// The same for the task `a` in line 7, given in flow style: `{call: x}`.
void check_task(const std::string& task, const std::string& pointer, const std::string& what) {
  check_problem(with_tasks("- a: " + task + "\n"), "line 7, /do/0/a" + pointer, what);
}

}  // namespace

TEST_CASE("a document without its parts is refused with what is missing") {
  check_problem("do: []", "line 1", "a definition needs `document`");
  check_problem(header(), "line 1", "a definition needs `do`");
  check_problem("[1]", "line 1", "expected an object (a definition), found a list");
  check_problem("hello", "line 1", "expected an object (a definition), found text");
  check_problem("document: {dsl: '1.0.3', namespace: a, name: b}\ndo: []", "line 1, /document",
                "needs `version`: expected a semantic version such as '1.0.0'");
}

TEST_CASE("a header with wrong values is refused") {
  const auto document = [](const std::string& members) {
    return "document:\n" + members + "\ndo: []\n";
  };
  check_problem(document("  dsl: '1.0.3'\n  namespace: a\n  name: b\n  version: 1.0"),
                "line 5, /document/version", "expected text (a semantic version");
  check_problem(document("  dsl: '1.0.3'\n  namespace: a\n  name: b\n  version: v1"),
                "line 5, /document/version", "`v1` is no semantic version");
  check_problem(document("  dsl: '0.8'\n  namespace: a\n  name: b\n  version: 1.0.0"),
                "line 2, /document/dsl", "`0.8` is no semantic version");
  check_problem(document("  dsl: '2.0.0'\n  namespace: a\n  name: b\n  version: 1.0.0"),
                "line 2, /document/dsl", "is not supported by this version of Endure");
  check_problem(document("  dsl: '1.0.3'\n  namespace: a_b\n  name: b\n  version: 1.0.0"),
                "line 3, /document/namespace", "`a_b` cannot be used as a name");
  check_problem(document("  dsl: '1.0.3'\n  namespace: a\n  name: b-\n  version: 1.0.0"),
                "line 4, /document/name", "`b-` cannot be used as a name");
  check_problem(document("  dsl: '1.0.3'\n  namespace: a\n  nmae: b\n  name: b\n  version: 1.0.0"),
                "line 4, /document/nmae", "is not known in `document`");
  check_problem(document("  dsl: '1.0.3'\n  namespace: a\n  name: b\n  version: 1.0.0\n"
                         "  metadata: {status: '${ .x }'}"),
                "line 6, /document/metadata/status", "expected plain text");
}

TEST_CASE("every problem is told in one answer, in the order of the text") {
  const std::string problems =
      problems_of(with_tasks("- a: {cal: x}\n"
                             "- b:\n"
                             "    set: {x: '${ §bad§ }', y: ['${ §bad§ 2 }']}\n"
                             "    if: §bad§\n"
                             "    then: c\n"
                             "- d: {wait: soon, thn: a}\n"));
  CHECK(problems ==
        "line 7, /do/0/a/cal: `cal` is no kind of task; did you mean `call`?\n"
        "line 9, /do/1/b/set/x: syntax error\n"
        "line 9, /do/1/b/set/y/0: syntax error\n"
        "line 10, /do/1/b/if: syntax error\n"
        "line 11, /do/1/b/then: there is no task `c` in this list of tasks; expected one "
        "of `continue`, `exit`, `end`, `a`, `b`, `d`\n"
        "line 12, /do/2/d/wait: `soon` is no duration; expected ISO 8601 such as `PT30S`, "
        "`PT1H30M`, `P7D`, or an object of days, hours, minutes, seconds, milliseconds\n"
        "line 12, /do/2/d/thn: `thn` is not known in a task; did you mean `then`?\n");
}

TEST_CASE("a list of tasks has one named task an item") {
  check_problem(header() + "do:\n  a: {set: {x: 1}}\n", "line 6, /do",
                "expected a list of named tasks, found an object");
  check_problem(with_tasks("- a: {set: {x: 1}}\n  b: {set: {x: 1}}\n"), "line 7, /do/0",
                "expected one named task, found 2 keys");
  check_problem(with_tasks("- text\n"), "line 7, /do/0", "expected an object (a named task)");
  check_problem(with_tasks("- {}\n"), "line 7, /do/0", "expected one named task, found 0 keys");
  check_problem(with_tasks("- '': {set: {x: 1}}\n"), "line 7, /do/0", "a task's name has 1 to 200");
  check_task("null", "", "expected an object (a task), found nothing");
  check_task("{}", "", "the task does not say what to do; expected one of `for`, `call`");
  check_task("{set: {x: 1}, call: b}", "", "cannot be both `call` and `set`");
}

TEST_CASE("a then leads to a task of its own list alone") {
  check_task("{do: [{n: {set: {x: 1}, then: a}}]}", "/do/0/n/then", "there is no task `a`");
  check_task("{set: {x: 1}, then: 5}", "/then", "expected text (continue, exit, end or");
  check_task("{set: {x: 1}, then: ''}", "/then", "there is no task");
  check_problem(with_tasks("- a: {set: {x: 1}, then: b}\n- b: {set: {x: 1}}\n- b: {set: {x: 1}}\n"),
                "line 7, /do/0/a/then", "there are several tasks `b`");
  check_task("{fork: {branches: [{x: {set: {y: 1}, then: z}}, {z: {set: {y: 1}}}]}}",
             "/fork/branches/0/x/then", "branches of a fork run side by side");
}

TEST_CASE("metadata that Endure knows has its types, and all else is free") {
  CHECK(problems_of(with_tasks("- a: {call: x, metadata: {owner: 1, color: [red]}}\n")).empty());
  check_task("{call: x, metadata: 5}", "/metadata", "expected an object");
  check_task("{call: x, metadata: {queue: 'a b'}}", "/metadata/queue", "");
  check_task("{call: x, metadata: {queue: endure.http}}", "/metadata/queue", "are kept for it");
  check_task("{call: x, metadata: {priority: 10}}", "/metadata/priority", "0 to 9, found 10");
  check_task("{call: x, metadata: {priority: high}}", "/metadata/priority", "found text");
  check_task("{call: x, metadata: {maxAttempts: 0}}", "/metadata/maxAttempts", "1 to 1000000");
  check_task("{call: x, metadata: {maxAttempts: 18446744073709551615}}", "/metadata/maxAttempts",
             "1 to 1000000");
  check_task("{call: x, metadata: {lease: 60}}", "/metadata/lease", "is no duration");
  check_task("{call: x, metadata: {lease: PT0S}}", "/metadata/lease", "lost at once");
  check_task("{call: x, metadata: {backoff: '${ .b }'}}", "/metadata/backoff", "not supported");
  check_task("{call: x, metadata: {status: ''}}", "/metadata/status", "1 to 64 bytes");
  check_task("{call: x, metadata: {statusAfter: 5}}", "/metadata/statusAfter", "quote it");
  check_task("{set: {x: 1}, metadata: {maxAttempts: 3}}", "/metadata/maxAttempts",
             "concerns the steps of workers");
  check_task("{call: http, with: {method: get, endpoint: 'http://x'}, metadata: {queue: q}}",
             "/metadata/queue", "concerns the steps of workers");
}

TEST_CASE("a wrong call is refused") {
  check_task("{call: 5}", "/call", "expected text (http, or a function's name)");
  check_task("{call: 'a b'}", "/call", "");
  check_task("{call: x, with: [1]}", "/with", "expected an object (arguments by name)");
  check_task("{call: x, foo: bar}", "/foo", "`foo` is not known in a task");
  check_task("{call: http}", "", "`call: http` needs `with`");
  check_task("{call: http, with: {endpoint: 'http://x'}}", "/with", "needs `method`");
  check_task("{call: http, with: {method: get}}", "/with", "needs `endpoint`");
  check_task("{call: http, with: {method: gte, endpoint: 'http://x'}}", "/with/method",
             "did you mean `GET`?");
  check_task("{call: http, with: {method: get, endpoint: 'ftp://x'}}", "/with/endpoint",
             "expected http://");
  check_task("{call: http, with: {method: get, endpoint: 'http://x/{a'}}", "/with/endpoint",
             "do not match");
  check_task("{call: http, with: {method: get, endpoint: 'http://x/{}'}}", "/with/endpoint",
             "`{}` names nothing");
  check_task("{call: http, with: {method: get, endpoint: 'http://x/{+a}'}}", "/with/endpoint",
             "no simple expansion");
  check_task("{call: http, with: {method: get, endpoint: 'http://x/a b'}}", "/with/endpoint",
             "no spaces");
  check_task("{call: http, with: {method: get, endpoint: {url: 'http://x', uri: 'http://x'}}}",
             "/with/endpoint/url", "is not known in an endpoint");
  check_task("{call: http, with: {method: get, endpoint: 'http://x', headers: {a: 1}}}",
             "/with/headers/a", "expected text, found the number 1");
  check_task("{call: http, with: {method: get, endpoint: 'http://x', query: {a: []}}}",
             "/with/query/a", "found a list");
  check_task("{call: http, with: {method: get, endpoint: 'http://x', output: contents}}",
             "/with/output", "did you mean `content`?");
  check_task("{call: http, with: {method: get, endpoint: 'http://x', redirect: 'yes'}}",
             "/with/redirect", "expected true or false");
  check_task("{call: http, with: {method: get, endpoint: {uri: 'http://x', authentication: {}}}}",
             "/with/endpoint/authentication",
             "exactly one of basic, bearer, digest, oauth2, oidc, use");
  check_task(
      "{call: http, with: {method: get, endpoint: {uri: 'http://x',"
      " authentication: {bearer: {}}}}}",
      "/with/endpoint/authentication/bearer", "needs `token`");
  check_task(
      "{call: http, with: {method: get, endpoint: {uri: 'http://x',"
      " authentication: {use: mine}}}}",
      "/with/endpoint/authentication/use", "is not declared under `use.authentications`");
}

TEST_CASE("wrong tasks of the other kinds are refused") {
  check_task("{set: {}}", "/set", "at least one member");
  check_task("{set: [1]}", "/set", "expected a jq expression or an object, found a list");
  check_task("{switch: []}", "/switch", "at least one case");
  check_task("{switch: {x: {then: end}}}", "/switch", "expected a list of named cases");
  check_task("{switch: [{x: {when: .a}}]}", "/switch/0/x", "a case needs `then`");
  check_task("{switch: [{x: {then: end}}, {y: {then: end}}]}", "/switch/1/y",
             "is the default, and `x` is one already");
  check_task("{switch: [{x: {then: end}, y: {then: end}}]}", "/switch/0", "found 2 keys");
  check_task("{for: {in: .x}}", "", "a task needs `do`");
  check_task("{for: {each: x}, do: []}", "/for", "needs `in`");
  check_task("{for: {in: 5}, do: []}", "/for/in", "found the number 5");
  check_task("{for: {in: .x, each: 'a b'}, do: []}", "/for/each", "cannot name a variable");
  check_task("{for: {in: .x, each: input}, do: []}", "/for/each", "the runtime's own variable");
  check_task("{for: {in: .x, each: i, at: i}, do: []}", "/for/at", "choose two names");
  check_task("{fork: {branches: []}}", "/fork/branches", "at least one branch");
  check_task("{fork: {}}", "/fork", "needs `branches`");
  check_task("{listen: {}}", "/listen", "needs `to`");
  check_task("{listen: {to: {}}}", "/listen/to", "exactly one of one, any, all");
  check_task("{listen: {to: {one: {with: {}}}}}", "/listen/to/one/with", "expected an attribute");
  check_task("{listen: {to: {one: {with: {type: 5}}}}}", "/listen/to/one/with/type",
             "expected text, found the number 5");
  check_task("{listen: {to: {one: {with: {type: 'a('}}}}}", "/listen/to/one/with/type",
             "the regular expression cannot be used");
  check_task("{listen: {to: {one: {with: {type: a, data: .x}}}}}", "/listen/to/one/with/data",
             "found text without `${ }`");
  check_task("{listen: {to: {all: []}}}", "/listen/to/all", "at least one event filter");
  check_task("{listen: {to: {any: []}, read: all}}", "/listen/read", "is not known here");
  check_task("{emit: {event: {with: {source: s}}}}", "/emit/event/with", "an event needs `type`");
  check_task("{emit: {event: {with: {type: t, traceId: 5}}}}", "/emit/event/with/traceId",
             "lower-case letters");
  check_task("{emit: {event: {with: {type: t, more: {a: 1}}}}}", "/emit/event/with/more",
             "put structured values into `data`");
  check_task("{wait: {}}", "/wait", "is no duration");
  check_task("{wait: {hour: 1}}", "/wait/hour", "did you mean `hours`?");
  check_task("{set: {x: 1}, timeout: {after: PT0S}}", "/timeout/after", "always strikes");
  check_task("{set: {x: 1}, timeout: soon}", "/timeout", "not declared under `use.timeouts`");
}

TEST_CASE("a wrong try, retry or error is refused") {
  check_task("{try: [{x: {call: y}}]}", "", "a task needs `catch`");
  check_task("{try: [], catch: {errors: {with: {}}}}", "/catch/errors/with", "at least one");
  check_task("{try: [], catch: {errors: {with: {code: 1}}}}", "/catch/errors/with/code",
             "is not known in an error filter");
  check_task("{try: [], catch: {errors: {with: {type: '${ .t }'}}}}", "/catch/errors/with/type",
             "put the expression into `when`");
  check_task("{try: [], catch: {retry: often}}", "/catch/retry",
             "`often` is not declared under `use.retries`");
  check_task("{try: [], catch: {retry: {backoff: {}}}}", "/catch/retry/backoff", "exactly one of");
  check_task("{try: [], catch: {retry: {backoff: {exponential: {multiplier: 0.5}}}}}",
             "/catch/retry/backoff/exponential/multiplier", "from 1 to 1000");
  check_task("{try: [], catch: {retry: {limit: {attempt: {count: -1}}}}}",
             "/catch/retry/limit/attempt/count", "0 to 1000000, found -1");
  check_task("{try: [], catch: {retry: {jitter: {from: PT2S, to: PT1S}}}}",
             "/catch/retry/jitter/to", "less than `from`");
  check_task("{try: [], catch: {as: workflow}}", "/catch/as", "the runtime's own variable");
  check_task("{raise: {error: {type: t}}}", "/raise/error", "an error needs `status`");
  check_task("{raise: {error: {type: t, status: bad}}}", "/raise/error/status", "found text");
  check_task("{raise: {error: oops}}", "/raise/error", "`oops` is not declared under `use.errors`");
  check_problem(header() +
                    "use: {errors: {gone: {type: t, status: 410}}}\ndo:\n"
                    "- a: {raise: {error: gon}}\n",
                "line 8, /do/0/a/raise/error", "did you mean `gone`?");
}

TEST_CASE("reusable parts that nothing uses are checked too") {
  const auto use = [](const std::string& text) { return header() + "use: " + text + "\ndo: []\n"; };
  check_problem(use("{retries: {r: {dely: PT1S}}}"), "line 6, /use/retries/r/dely",
                "did you mean `delay`?");
  check_problem(use("{errors: {e: {type: t}}}"), "line 6, /use/errors/e", "needs `status`");
  check_problem(use("{timeouts: {t: {after: x}}}"), "line 6, /use/timeouts/t/after", "no duration");
  check_problem(use("{authentications: {a: {basic: {username: u}}}}"),
                "line 6, /use/authentications/a/basic", "needs `password`");
  check_problem(use("{functions: {f: {cal: x}}}"), "line 6, /use/functions/f/cal", "`call`");
  check_problem(use("{retrys: {}}"), "line 6, /use/retrys", "did you mean `retries`?");
  check_problem(use("{retries: []}"), "line 6, /use/retries", "expected an object");
}

TEST_CASE("a listen task that cannot work is refused where it is wrong") {
  const auto listen = [](const std::string& to, const std::string& pointer,
                         const std::string& what) {
    check_problem(with_tasks("- a: {listen: {to: " + to + "}}\n"),
                  "line 7, /do/0/a/listen/to" + pointer, what);
  };
  const std::string filter = "{with: {type: t}}";
  listen("{one: " + filter + ", until: .x}", "/until", "belongs to `any` alone");
  listen("{all: [" + filter + "], until: .x}", "/until", "belongs to `any` alone");
  listen("{any: [], until: 7}", "/until", "expected a jq expression that ends the listening");
  listen("{any: [], until: ''}", "/until", "expected a jq expression, found empty text");
  listen("{any: [], until: §bad§}", "/until", "syntax error");
  listen("{any: [], until: {}}", "/until", "expected exactly one of one, any, all");
  listen("{any: [], until: {all: []}}", "/until/all", "expected at least one event filter");
  listen("{any: [], until: {any: [], until: .x}}", "/until/until", "cannot have an `until`");
  listen("{any: [], untill: .x}", "/untill", "did you mean `until`?");
  listen("{one: {with: {type: t}, correlate: []}}", "/one/correlate", "expected an object");
  listen("{one: {with: {type: t}, correlate: {k: {}}}}", "/one/correlate/k", "needs `from`");
  listen("{one: {with: {type: t}, correlate: {k: {from: §bad§}}}}", "/one/correlate/k/from",
         "syntax error");
  listen("{one: {with: {type: t}, correlate: {k: {from: .a, expect: 7}}}}",
         "/one/correlate/k/expect", "expected text");
  const auto each = [](const std::string& foreach, const std::string& pointer,
                       const std::string& what) {
    check_problem(with_tasks("- a: {listen: {to: {any: []}}, foreach: " + foreach + "}\n"),
                  "line 7, /do/0/a/foreach" + pointer, what);
  };
  each("{do: {}}", "/do", "expected a list of named tasks");
  each("{item: x, at: x}", "/at", "choose two names");
  each("{item: input}", "/item", "`$input` is the runtime's own");
  each("{output: {as: 5}}", "/output/as", "expected a jq expression or an object");
  each("{each: x}", "/each", "`each` is not known");
}

TEST_CASE("what this version does not run is refused by name and never skipped") {
  const auto check = [](const std::string& text, const std::string& where,
                        const std::string& what) {
    check_problem(text, where,
                  what + " is not supported by this version of Endure; see docs/language.md");
  };
  const auto task = [&](const std::string& body, const std::string& pointer,
                        const std::string& what) {
    check(with_tasks("- a: " + body + "\n"), "line 7, /do/0/a" + pointer, what);
  };
  task("{call: grpc, with: {x: 1}}", "/call", "`call: grpc`");
  task("{set: {x: 1}, input: {schema: {format: avro, document: {}}}}", "/input/schema/format",
       "the schema format `avro` (expected json, which is JSON Schema 2020-12)");
  task(
      "{call: asyncapi, with: {document: {endpoint: 'http://x'}, operation: o, protocol: kafka, "
      "message: {}}}",
      "/with/protocol", "the protocol `kafka` of `call: asyncapi` (it speaks http)");
  task(
      "{call: mcp, with: {method: tools/list, transport: {http: {endpoint: 'http://x'}, "
      "options: {a: b}}}}",
      "/with/transport/options", "an option of an MCP transport");
  task(
      "{call: http, with: {method: get, endpoint: {uri: 'http://x', authentication: {oauth2: "
      "{authority: 'http://x', grant: authorization_code, client: {id: a}}}}}}",
      "/with/endpoint/authentication/oauth2/grant",
      "the grant `authorization_code` (a person would have to log in)");
  check(header() + "do: []\nevaluate: {language: js}\n", "line 7, /evaluate/language",
        "the expression language `js`");
}

TEST_CASE("a problem is written with its line and pointer, as far as they are known") {
  CHECK(to_string(Problem{"/do/0", 12, "x"}) == "line 12, /do/0: x");
  CHECK(to_string(Problem{"", 12, "x"}) == "line 12: x");
  CHECK(to_string(Problem{"/do", 0, "x"}) == "/do: x");
  CHECK(to_string(Problem{"", 0, "x"}) == "x");
}

TEST_CASE("problems in JSON have their lines too") {
  check_problem(
      "{\"document\": {\"dsl\": \"1.0.3\", \"namespace\": \"a\", \"name\": \"b\",\n"
      "\"version\": \"1.0.0\"},\n\"do\": [\n{\"a\":\n{\"wait\": \"soon\"}}]}",
      "line 5, /do/0/a/wait", "is no duration");
}

TEST_CASE("no more than a hundred problems are listed") {
  std::string tasks;
  for (int i = 0; i < 150; ++i) tasks += "- t" + std::to_string(i) + ": {}\n";
  const Parsed parsed = parse(with_tasks(tasks));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().size() == 101);
  CHECK_THAT(parsed.error().back().what, Catch::Contains("more than 100 problems"));
}

}  // namespace endure::workflow::test
