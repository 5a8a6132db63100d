// The worker protocol, version 1: what a node and its workers say to each other. The bytes are
// documented in docs/worker-protocol.md.
//
// Decoded messages point into the bytes that they were read from and are valid only as long as
// those. Decoding takes anything a stranger may send: it answers with a Refusal, never throws on
// bad bytes, never allocates more than the message's own size times a small constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace endure::gateway {

constexpr std::uint64_t protocol_version = 1;
constexpr std::uint32_t max_items = 65'536;  // of any list

enum class Type : std::uint8_t {
  // worker -> node
  hello = 1,
  results = 2,
  errors = 3,
  heartbeat = 4,
  credit = 5,
  release = 6,
  drain = 7,
  // both
  goodbye = 8,
  // node -> worker
  welcome = 16,
  steps = 17,
  answers = 18,
  lost = 19,
  revoke = 20,
  refused = 21,
  nodes = 22,
};

// Why a message was not taken. Nothing of a refused message has any effect.
enum class Refused : std::uint8_t {
  malformed,        // not msgpack, or not the fields that its type has
  version,          // another protocol version
  unknown_type,     // a type that this version does not have
  too_large,        // more bytes than `limits.message_bytes`
  unknown_session,  // no hello came from this connection: say hello (again)
  bad_queue,        // a queue name that no queue can have, or one that the hello did not name
  limit,            // more queues, credits or workers than the node allows
};
std::string_view to_string(Refused code);

struct Refusal {
  Refused code = Refused::malformed;
  std::string what;
};

template <class T>
using Decoded = tl::expected<T, Refusal>;

// -- worker -> node -------------------------------------------------------------

struct QueueCredit {
  std::string_view queue;
  std::uint32_t steps = 0;
};

struct Hello {
  std::string_view instance;  // random, the worker's own for its process; names the session
  std::string_view worker;    // for people: lists and history
  std::string_view client;    // "endure-python/0.1.0"
  std::vector<QueueCredit> queues;
  std::vector<std::string_view> held;  // tokens of steps that the worker has and has not ended
};
struct StepResult {
  std::string_view token;
  std::string_view value;              // msgpack
  const char* json_problem = nullptr;  // why it can be no JSON, where that is so
};
struct Results {
  std::vector<StepResult> items;
};
struct StepError {
  std::string_view token;
  std::string_view type;
  std::string_view title;
  std::string_view detail;
  std::int64_t status = 500;
  bool retryable = true;
  std::optional<std::uint64_t> retry_after_ms;
};
struct Errors {
  std::vector<StepError> items;
};
struct Heartbeat {
  std::vector<std::string_view> tokens;
};
struct Credit {
  std::vector<QueueCredit> queues;
};
struct Release {
  std::vector<std::string_view> tokens;
};
struct Drain {};
struct Goodbye {
  std::vector<std::string_view> tokens;  // from a worker: steps handed back unstarted
  std::string_view why;                  // from a node
};

using FromWorker = std::variant<Hello, Results, Errors, Heartbeat, Credit, Release, Drain, Goodbye>;

Decoded<FromWorker> decode_from_worker(std::string_view bytes);

// -- node -> worker -------------------------------------------------------------

struct Limits {
  std::uint64_t message_bytes = 0;
  std::uint64_t result_bytes = 0;
  std::uint64_t credit = 0;  // greatest credit of one worker on one queue
};
struct Welcome {
  std::string_view node;
  std::uint64_t epoch = 0;  // another number: the node was restarted
  std::int64_t heartbeat_ms = 0;
  Limits limits;
};
struct Step {
  std::string_view token;
  std::string_view ns;
  std::string_view workflow;
  std::string_view queue;
  std::string_view task;
  std::uint64_t attempt = 1;
  std::int64_t lease_ms = 0;
  std::string_view idempotency_key;
  std::string_view arguments;  // msgpack
};
struct Steps {
  std::vector<Step> items;
};
// What became of a result or an error.
enum class Answer : std::uint8_t {
  ok,       // durable
  stale,    // the step was answered before, or taken away; nothing changed
  retry,    // a passing condition; nothing changed; send it again after a while
  invalid,  // this result can never be taken; nothing changed; end the step with an error
};
std::string_view to_string(Answer answer);
struct StepAnswer {
  std::string_view token;
  Answer answer = Answer::ok;
  std::string_view text;
};
struct Answers {
  std::vector<StepAnswer> items;
};
struct Lost {
  std::vector<std::string_view> tokens;
};
struct Revoked {
  std::string_view token;
  std::string_view why;
};
struct Revoke {
  std::vector<Revoked> items;
};
struct Refuse {
  std::string_view code;
  std::string_view what;
};

struct OtherNode {
  std::string_view node;
  std::string_view address;  // "tcp://10.0.0.2:7451"
};
// The other nodes of the cluster, which have steps, too.
struct Nodes {
  std::vector<OtherNode> items;
};

using FromNode = std::variant<Welcome, Steps, Answers, Lost, Revoke, Refuse, Goodbye, Nodes>;

Decoded<FromNode> decode_from_node(std::string_view bytes);

// -- encoding -------------------------------------------------------------------

std::string encode(const Hello& message);
std::string encode(const Results& message);
std::string encode(const Errors& message);
std::string encode(const Heartbeat& message);
std::string encode(const Credit& message);
std::string encode(const Release& message);
std::string encode(const Drain& message);
std::string encode(const Goodbye& message, bool from_worker);
std::string encode(const Welcome& message);
std::string encode(const Steps& message);
std::string encode(const Answers& message);
std::string encode(const Lost& message);
std::string encode(const Revoke& message);
std::string encode(const Refuse& message);
std::string encode(const Nodes& message);

}  // namespace endure::gateway
