// Writes what the targets `bridge`, `frame`, `link`, `record` and `request` begin with, as the
// node's own encoders say it: FOLDER/<target>/<name>. Run by the build, so that no seed is older
// than the code.
//
//   fuzz_seeds FOLDER
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <string>

#include "persistence/cluster_codec.hpp"
#include "persistence/codec.hpp"
#include "persistence/envelope.hpp"
#include "persistence/lmdb/rows.hpp"
#include "runtime/bridge/wire.hpp"
#include "runtime/cluster/messages.hpp"
#include "runtime/cluster/move_messages.hpp"
#include "runtime/gateway/wire.hpp"
#include "runtime/http/api.hpp"
#include "tests/fuzz/bridge_kinds.hpp"
#include "tests/fuzz/frame_script.hpp"
#include "tests/fuzz/plain_expressions.hpp"
#include "tests/fuzz/record_kinds.hpp"
#include "tests/fuzz/script.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/transitions.hpp"

namespace {

using namespace endure;
using namespace endure::testing;
using workflow::Json;

using Seeds = std::map<std::string, std::string>;  // by name

// -- frames of workers ----------------------------------------------------------

ScriptWriter& frame(ScriptWriter& script, const std::string& bytes, unsigned peer = 0) {
  return script.operation(static_cast<unsigned>(GatewayOp::frame), peer).block(bytes);
}

ScriptWriter& happens(ScriptWriter& script, GatewayOp operation, unsigned argument = 0) {
  return script.operation(static_cast<unsigned>(operation), argument);
}

std::string token_of(WorkflowNumber workflow) {
  return actors::to_text(make_step("enrich", workflow).token);
}

std::string hello(std::string_view instance, std::vector<std::string_view> held = {}) {
  return gateway::encode(
      gateway::Hello{instance, "w1", "seed/1", {{"enrich", 2}, {"act", 1}}, std::move(held)});
}

// A worker that has greeted and holds the steps 1 and 2 of `enrich`.
ScriptWriter working() {
  ScriptWriter script;
  frame(script, hello("i1"));
  for (int i = 0; i < 2; ++i) happens(script, GatewayOp::step);
  happens(script, GatewayOp::pump);
  return script;
}

Seeds frame_seeds() {
  const std::string value = persistence::encode_value(Json{{"label", "good"}, {"score", 0.5}});
  const std::string one = token_of(1);
  const std::string two = token_of(2);
  std::map<std::string, std::string> said;
  said["results"] =
      gateway::encode(gateway::Results{{{one, value, nullptr}, {two, value, nullptr}}});
  said["errors"] =
      gateway::encode(gateway::Errors{{{one, "https://e", "title", "detail", 503, true, 10},
                                       {two, "u", "t", "d", 500, false, {}}}});
  said["heartbeat"] = gateway::encode(gateway::Heartbeat{{one, two, "no token"}});
  said["credit"] = gateway::encode(gateway::Credit{{{"enrich", 7}, {"act", 3}}});
  said["release"] = gateway::encode(gateway::Release{{one, two}});
  said["drain"] = gateway::encode(gateway::Drain{});
  said["goodbye"] = gateway::encode(gateway::Goodbye{{one}, {}}, true);
  said["hello"] = hello("i1", {one, two});
  said["probe"] = {};
  Seeds seeds;
  for (const auto& [name, bytes] : said) {
    auto script = working();
    happens(frame(script, bytes), GatewayOp::pump);
    seeds["frame-" + name] = script.text();
    script = working();
    happens(script, GatewayOp::replies, 1);
    happens(frame(script, bytes), GatewayOp::replies, 0);
    happens(frame(script, bytes), GatewayOp::pump);
    seeds["late-" + name] = script.text();
    script = working();
    happens(script, GatewayOp::engine, 1);
    happens(frame(script, bytes), GatewayOp::pump);
    seeds["refused-" + name] = script.text();
  }
  auto script = working();
  happens(script, GatewayOp::transport, 2);
  happens(script, GatewayOp::time, 3);
  happens(script, GatewayOp::transport, 0);
  frame(script, hello("i1", {one}), 1);
  frame(script, hello("i2", {two}), 2);
  happens(script, GatewayOp::revoke, 1);
  happens(script, GatewayOp::pump);
  happens(script, GatewayOp::time, 15);
  seeds["comes-back"] = script.text();

  // What once passed a limit.
  script = working();
  frame(script, gateway::encode(gateway::Credit{{{"enrich", 60}, {"enrich", 60}}}));
  seeds["credit-twice"] = script.text();
  script = working();
  for (const std::string_view queue : {"third", "fourth"}) {
    frame(script, gateway::encode(gateway::Hello{"i1", "w1", "seed/1", {{queue, 1}}, {}}));
  }
  seeds["further-queues"] = script.text();
  script = {};
  frame(script,
        gateway::encode(gateway::Hello{"i1", "w1", "seed/1", {{"enrich", 100}}, {one, two}}));
  frame(script, said["release"]);
  seeds["only-claimed"] = script.text();
  return seeds;
}

// -- frames of a node -----------------------------------------------------------

std::string steps(const std::vector<std::string>& tokens) {
  gateway::Steps message;
  for (const auto& token : tokens) {
    message.items.push_back({token, "default", "w1", "enrich", "/do/0/enrich", 1, 3'000, "key",
                             std::string_view("\x81\xa1n\x01")});
  }
  return gateway::encode(message);
}

Seeds link_seeds() {
  std::map<std::string, std::string> said;
  said["answers"] = gateway::encode(gateway::Answers{{{"t1", gateway::Answer::ok, {}},
                                                      {"t2", gateway::Answer::retry, "later"},
                                                      {"t3", gateway::Answer::invalid, "no JSON"},
                                                      {"t4", gateway::Answer::stale, "gone"}}});
  said["lost"] = gateway::encode(gateway::Lost{{"t1", "t3"}});
  said["revoke"] = gateway::encode(gateway::Revoke{{{"t1", "cancelled"}, {"t4", "cancelled"}}});
  said["refused"] = gateway::encode(gateway::Refuse{"unknown_session", "say hello"});
  said["limit"] = gateway::encode(gateway::Refuse{"limit", "too many"});
  said["goodbye"] = gateway::encode(gateway::Goodbye{{}, "stopping"}, false);
  said["no-beats"] = gateway::encode(
      gateway::Welcome{"n2", 8, std::numeric_limits<std::int64_t>::max(), {0, 0, 0}});
  said["welcome"] = gateway::encode(gateway::Welcome{"n2", 8, 100, {4'096, 16, 10}});
  Seeds seeds;
  for (const auto& [name, bytes] : said) {
    ScriptWriter script;
    const auto does = [&](LinkOp operation, unsigned argument = 0) -> ScriptWriter& {
      return script.operation(static_cast<unsigned>(operation), argument);
    };
    does(LinkOp::connecting);
    does(LinkOp::time, 3);
    does(LinkOp::frame)
        .block(gateway::encode(gateway::Welcome{"n1", 7, 2'000, {1'000'000, 128, 100}}));
    does(LinkOp::frame).block(steps({"t1", "t2", "t3", "t4"}));
    for (int i = 0; i < 3; ++i) does(LinkOp::take);
    does(LinkOp::complete, 2);
    does(LinkOp::complete, 15);
    does(LinkOp::fail, 0);
    does(LinkOp::frame).block(bytes);
    does(LinkOp::time, 5);
    does(LinkOp::drain);
    does(LinkOp::goodbye);
    seeds[name] = script.text();
  }
  return seeds;
}

// -- records ----------------------------------------------------------------------

const workflow::Fault fault{"https://example.org/error", 429, "rate limit", "slow down", "/do/0"};
const Json document = {{"score", 0.5}, {"list", {1, -2, "three", nullptr, true}}};

workflow::Snapshot full_snapshot() {
  auto s = persistence::sample_snapshot(7, 3);
  s.status = "NEW";
  s.cause = "because";
  s.context = s.output = document;
  s.fault = fault;
  s.timeout = 4;
  workflow::Frame one{1, 2, 3, {4}, s.input, document, s.context, Json{{"item", 1}}, 5};
  s.branches = {{0, 0, {one, one}, 0}, {1, 0, {one}, 6}};
  s.steps = {{6, "enrich", 3, {5}, true, true}};
  s.timers = {{5, {99}}};
  s.listeners = {{8, "review.decided"}};
  s.children = {{9, 12, {"test", "child"}}};
  s.parent = workflow::Parent{3, {"other", "parent"}, 2, false, 4};
  s.recent_events = {1, 2};
  s.taken_events = {3};
  s.taken_floor = 2;
  return s;
}

std::vector<workflow::Event> events() {
  using namespace workflow;
  const Value value(document);
  return {Started{value},
          StepCompleted{4, value, 2, "worker-1"},
          StepFailed{5, fault, true, 3, "worker-2"},
          TimerFired{6},
          EventReceived{value, true, 9, {1, 2}},
          CancelRequested{"because"},
          TerminateRequested{"at once"},
          PauseRequested{"wait"},
          ResumeRequested{"go on"},
          StepRedriven{7},
          StepDropped{8, fault},
          Crashed{"broken"},
          ChildEnded{9, "test/w-1.9", value, {}},
          ChildEnded{10, "test/w-1.10", {}, fault},
          EventsOffered{{{10, 11, value}}}};
}

// -- what nodes say to each other -------------------------------------------------

bridge::Greeting greeting_of(const std::string& node) {
  bridge::Greeting out;
  out.build = "1.0.0";
  out.cluster = "test";
  out.node = node;
  out.to = node == "a" ? "b" : "a";
  out.shards = 32;
  out.volume = std::string(32, 'f');
  out.epoch = 3;
  out.born = {"a", "b"};
  out.is_born = true;
  return out;
}

Seeds bridge_seeds() {
  using namespace cluster;
  Seeds seeds;
  std::vector<std::string> said;
  for (const auto& message :
       {bridge::encode(bridge::Welcome{greeting_of("b")}),
        bridge::encode(bridge::Beaten{7, 8, "news"}),
        bridge::encode(bridge::Answer{1, true, "body"}),
        bridge::encode(bridge::Answer{2, false, "why"}),
        bridge::encode(bridge::Refused{"a sentence"}),
        bridge::encode(bridge::Hello{greeting_of("a")}), bridge::encode(bridge::Beat{7, 8, "news"}),
        bridge::encode(bridge::Call{3, 1'000, "api", "body"}), bridge::encode(bridge::Goodbye{})}) {
    said.push_back(message);
  }
  const auto kind_byte = [](BridgeKind kind) {
    return std::string(1, static_cast<char>(static_cast<unsigned>(kind)));
  };
  std::string frame;
  for (std::size_t i = 0; i < said.size(); ++i) {
    seeds["message-" + std::to_string(i)] = kind_byte(BridgeKind::message) + said[i];
    bridge::append_to_frame(frame, said[i]);
    if (i == 3) seeds["link-up"] = kind_byte(BridgeKind::link) + frame;
  }
  seeds["frame"] = kind_byte(BridgeKind::frame) + frame;
  seeds["link"] = kind_byte(BridgeKind::link) + frame;
  const auto add = [&](BridgeKind kind, const std::string& name, const std::string& record) {
    const auto number = static_cast<unsigned>(kind);
    seeds[name] = std::string(1, static_cast<char>(number | unsealed)) +
                  record.substr(persistence::envelope_bytes);
    seeds[name + "-sealed"] = kind_byte(kind) + record;
  };
  News news;
  news.born = true;
  news.build = "1.0.0";
  news.http = "http://127.0.0.1:7450";
  news.definitions = "digest";
  news.shards = {{1, 2, ""}, {3, 4, "b"}};
  add(BridgeKind::news, "news", encode(news));
  add(BridgeKind::members, "members", encode(born_with({"a", "b"})));
  add(BridgeKind::depart, "depart", encode(DepartAsk{}));
  add(BridgeKind::depart_answer, "depart-answer", encode(DepartAnswer{}));
  http::Request request;
  request.method = "POST";
  request.target = "/v1/workflows";
  request.headers["content-type"] = "application/json";
  request.body = "{}";
  add(BridgeKind::request, "request", encode(request));
  http::Response response;
  response.status = 201;
  response.headers.emplace_back("location", "/v1/workflows/default/w");
  response.body = "{}";
  add(BridgeKind::response, "response", encode(response));
  const persistence::Delivery delivery{
      (7ULL << 20U) | 3, {9ULL << 20U, persistence::encode_event(workflow::CancelRequested{"r"})}};
  const auto relayed = persistence::encode_relayed(delivery);
  add(BridgeKind::relayed, "delivery", relayed);
  persistence::OutboxRow row;
  row.sequence = 7;
  row.event = "\x80";
  row.type = "t";
  row.keep = true;
  row.identity = "id";
  add(BridgeKind::relayed, "event", persistence::encode_relayed(persistence::RelayedEvent{row}));
  persistence::RelayedChild child;
  child.parent = 5;
  child.child.workflow = 6;
  child.child.name = {"ns", "id"};
  child.child.snapshot = "s";
  child.child.history = "h";
  add(BridgeKind::relayed, "child", persistence::encode_relayed(child));
  add(BridgeKind::relay_offer, "relay-offer", encode(RelayOffer{{1, 2}, 3, {relayed, relayed}}));
  add(BridgeKind::relay_answer, "relay-answer", encode(RelayAnswer{5, "why"}));
  const workflow::DefinitionRef ref{"test", "d", "1.0.0"};
  add(BridgeKind::definitions, "definitions",
      encode(std::vector<DefinitionEntry>{{ref, "digest"}, {ref, "other"}}));
  add(BridgeKind::definition_ref, "definition-ref", encode(ref));
  add(BridgeKind::definition, "definition",
      encode(persistence::DefinitionRow{ref, "document: {}", {9}, {{"file:///a", "text"}}}));
  MoveOffer offer;
  offer.step = {3, persistence::ShardAct::part, 7, {}, 2, 4};
  offer.rows = {{1, "key", "value"}, {2, "", ""}};
  offer.sum = {9, "digest"};
  offer.definitions = "digest";
  add(BridgeKind::move_offer, "move-offer", encode(offer));
  add(BridgeKind::move_answer, "move-answer", encode(MoveAnswer{false, true, "why"}));
  persistence::ClusterRow self;
  self.identity = {"test", 32, "a", {"a", "b"}};
  self.volume = std::string(32, 'f');
  self.born = true;
  self.known = {{"b", "volume"}};
  add(BridgeKind::cluster, "cluster", persistence::encode_cluster(self));
  persistence::ShardRow shard;
  shard.state = persistence::ShardRow::State::arriving;
  shard.owner = "b";
  shard.to = "a";
  shard.attempt = 7;
  shard.parts = 3;
  shard.complete = shard.has_rows = true;
  add(BridgeKind::shard, "shard", persistence::encode_shard(shard));
  add(BridgeKind::channel, "channel", persistence::encode_channel({5, 4, 3}));
  add(BridgeKind::sequences, "sequences", persistence::encode_sequences({1, 2, 70'000}));
  return seeds;
}

Seeds record_seeds() {
  using namespace persistence;
  using namespace persistence::lmdb;
  Seeds seeds;
  const auto add = [&](RecordKind kind, const std::string& name, const std::string& record) {
    const auto number = static_cast<unsigned>(kind);
    if (record.size() < envelope_bytes) return;
    seeds[name] = std::string{static_cast<char>(number), record[0]} + record.substr(envelope_bytes);
    seeds[name + "-sealed"] = std::string{static_cast<char>(number | as_it_is)} + record;
  };
  add(RecordKind::snapshot, "snapshot", encode_snapshot(full_snapshot()));
  add(RecordKind::snapshot, "snapshot-small", encode_snapshot(sample_snapshot(1, 1)));
  HistoryRecord history{3, {5}, workflow::Phase::waiting, "NEW", "step_completed", "w1", 2, {}};
  history.entries = {{workflow::HistoryEntry::Kind::started, "/do/0", "detail", document},
                     {workflow::HistoryEntry::Kind::migrated, "/do/1", {}, {}}};
  add(RecordKind::history, "history", encode_history(history));
  for (const auto& event : events()) {
    add(RecordKind::event, "event-" + std::to_string(seeds.size()), encode_event(event));
  }
  auto step = sample_step(sample_step_key(2, 3));
  step.last_fault = fault;
  step.due = step.buried = step.leased_until = {12};
  step.leased_by = "worker-1";
  add(RecordKind::step, "step", encode_step(step));
  add(RecordKind::number, "number", encode_number(70'000));
  add(RecordKind::queue, "queue", encode_queue({true, {1, 300, 70'000}}));
  add(RecordKind::parked, "parked", encode_parked({StepState::delayed, {99}}));
  add(RecordKind::outbox, "outbox", encode_outbox({7, "\x80", "t", 3, true, true, {9}, "id"}));
  add(RecordKind::kept, "kept", encode_kept({7, "\x80", "t", {9}, "id"}));
  add(RecordKind::sink_event, "sink", encode_sink_event({{"http://sink", 7}, 3, "\x80"}));
  add(RecordKind::definition, "definition",
      encode_definition({{"test", "d", "1.0.0"}, "document: {}", {9}, {{"file:///a", "text"}}}));
  add(RecordKind::listener, "listener", encode_listener(std::string(300, 't')));
  ScheduleRow schedule;
  schedule.version = "1.0.0";
  schedule.revision = 2;
  schedule.paused = true;
  schedule.anchor = {1};
  schedule.due = Instant{2};
  schedule.running = 3;
  schedule.queued = {{4}, {5}};
  schedule.last_id = "d-1";
  schedule.started = schedule.missed = 6;
  add(RecordKind::schedule, "schedule", encode_schedule(schedule));
  add(RecordKind::trigger, "trigger", encode_trigger({"test", "d", 7, "\x80", {1, 2}}));
  const auto value = static_cast<char>(RecordKind::value);
  seeds["value"] = std::string{value, 0} + encode_value(document);
  KeyWriter key;
  key.text("enrich").text("b").text("c").u8(5).instant({7}).u64(8).u64(9).u32(3);
  for (char kind = 0; kind < 15; ++kind) {
    for (const std::size_t from : {0U, 7U, 9U, 11U, 12U}) {
      seeds["key-" + std::to_string(kind) + "-" + std::to_string(from)] =
          std::string{static_cast<char>(RecordKind::key), kind} +
          std::string(key.bytes().substr(from, kind % 3 == 0 ? 16 : 40));
    }
  }
  return seeds;
}

// -- requests ---------------------------------------------------------------------

// What a path's parameter is in the node that the target serves.
std::string path_of(const http::Route& route) {
  const std::map<std::string, std::string> known = {
      {"{ns}", "test"},
      {"{id}", "w-1"},
      {"{name}", "sample"},
      {"{version}", "1.0.0"},
      {"{queue}", "enrich"},
      {"{step}", actors::to_text({persistence::sample_step_key(1, 1), 1, 1})}};
  std::string path(route.pattern);
  for (const auto& [parameter, value] : known) {
    if (const auto at = path.find(parameter); at != std::string::npos) {
      path.replace(at, parameter.size(), value);
    }
  }
  return path;
}

Json example_of(const http::Field& field) {
  using Type = http::Field::Type;
  if (!field.one_of.empty()) return field.one_of.front();
  if (field.name == "token") return token_of(7);
  if (field.name == "tokens") return Json::array({token_of(7)});
  if (field.name == "ids") return Json::array({"w-1"});
  if (field.name == "definition") return "sample";
  if (field.name == "namespace") return "test";
  switch (field.type) {
    case Type::integer: return 2;
    case Type::boolean: return true;
    case Type::object: return {{"type", "u"}, {"title", "t"}, {"detail", "d"}, {"status", 503}};
    case Type::list: return Json::array();
    case Type::text: return field.name.find("created") == 0 ? "2026-01-31T12:00:00Z" : "1.0.0";
    case Type::any: break;
  }
  return {{"text", "hi"}};
}

Json body_of(const std::vector<http::Field>& fields) {
  Json body = Json::object();
  for (const auto& field : fields) {
    body[std::string(field.name)] =
        field.items.empty() ? example_of(field) : Json::array({body_of(field.items)});
  }
  return body;
}

std::string query_of(const std::vector<http::Field>& fields) {
  std::string query;
  for (const auto& field : fields) {
    const auto value = example_of(field);
    query += (query.empty() ? "?" : "&") + std::string(field.name) + "=" +
             (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return query;
}

Seeds request_seeds() {
  FakeEngine engine;
  const auto store = persistence::make_memory_store();
  PlainExpressions expressions;
  ManualClock clock;
  const http::Api api({}, engine, *store, expressions, clock);
  Seeds seeds;
  for (const auto& route : api.routes()) {
    const std::string name(route.name);
    const std::string line = std::string(route.method) + " " + path_of(route);
    const auto add = [&](const std::string& suffix, const std::string& query,
                         const std::string& rest) {
      seeds[name + suffix] = line + query + "\n" + rest;
    };
    switch (route.body_kind) {
      case http::BodyKind::none: add("", "", ""); break;
      case http::BodyKind::fields: {
        add("", "", "\n" + body_of(route.body).dump());
        auto required = route.body;
        std::erase_if(required, [](const http::Field& field) { return !field.required; });
        add("-least", "", "content-type: application/json\n\n" + body_of(required).dump());
        break;
      }
      case http::BodyKind::definition:
        add("", "",
            "\ndocument: { dsl: '1.0.3', namespace: test, name: n, version: '1.0.0' }\n"
            "do:\n  - a: { set: { x: 1 } }\n");
        break;
      case http::BodyKind::cloud_event:
        add("", "",
            "\n" + Json{{"type", "review.decided"},
                        {"data", {1}},
                        {"id", "e1"},
                        {"time", "2026-01-31T12:00:00Z"},
                        {"source", "me"}}
                       .dump());
        add("-binary", "", "ce-type: review.decided\nce-id: e2\ncontent-type: text/plain\n\nhello");
    }
    for (const auto& field : route.query) add("-" + std::string(field.name), query_of({field}), "");
    add("-token", "", "authorization: Bearer secret-token\n");
    add("-no-token", "", "authorization: Bearer other\n");
  }
  seeds["origin"] = "POST /v1/events\nhost: localhost\norigin: http://evil\n";
  seeds["lengths"] = "POST /v1/events\ncontent-length: 5\ntransfer-encoding: chunked\n\nhello";
  seeds["gzip"] = "POST /v1/events\ncontent-encoding: gzip\ncontent-length: 99999\n\nhello";
  // What once showed the parser's own words.
  seeds["number-overflow"] = "POST /v1/definitions\n\n{\"document\": 5031e800, \"do\": \"\\q\"}";
  seeds["escapes"] = "GET /v1/workflows/te%73t/w%2D1?limit=%31&cursor=3+4#x\n";
  return seeds;
}

void write_seeds(const std::filesystem::path& folder, const Seeds& seeds) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : seeds) {
    std::ofstream out(folder / name, std::ios::binary);
    out << bytes;
    if (!out.flush()) throw std::runtime_error((folder / name).string() + " cannot be written");
  }
}

int write_all(const std::filesystem::path& folder) {
  write_seeds(folder / "frame", frame_seeds());
  write_seeds(folder / "link", link_seeds());
  write_seeds(folder / "bridge", bridge_seeds());
  write_seeds(folder / "record", record_seeds());
  write_seeds(folder / "request", request_seeds());
  return 0;
}

}  // namespace

#ifdef ENDURE_LIBFUZZER
// Code that is instrumented for libFuzzer links only with it, and it brings its own main().
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  std::_Exit(*argc == 2 ? write_all((*argv)[1]) : 2);
}
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) {
  return 0;
}
#else
int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER\n";
    return 2;
  }
  return write_all(argv[1]);
}
#endif
