#include "runtime/http/spread.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "runtime/http/problem.hpp"
#include "runtime/http/shapes.hpp"
#include "runtime/http/uuid.hpp"

namespace endure::http {

namespace {

// How long a call waits for a shard that is on its way from one node to another, and how often it
// looks for it meanwhile.
constexpr std::int64_t longest_move_ms = 5'000;
constexpr auto look_again = std::chrono::milliseconds(10);
constexpr int unavailable_status = 503;
constexpr int misdirected_status = 421;

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

Request passed_on(const Request& request) {
  Request out = request;
  for (const char* name : {"host", "authorization", "connection", "content-length", "origin",
                           "transfer-encoding", "keep-alive", "accept-encoding", "user-agent"}) {
    out.headers.erase(name);
  }
  return out;
}

Response no_cluster() {
  return problem({Code::not_found, "this node belongs to no cluster (cluster.name is empty)", ""});
}

Result<Response> answer_of(Fellows& fellows, const std::string& node, const Request& request,
                           std::int64_t timeout_ms, const Call& call) {
  return await<Response>({timeout_ms + 1'000, call.request.abandoned}, [&](auto reply) {
    fellows.ask(node, request, timeout_ms, std::move(reply));
  });
}

Json missing_of(const std::vector<std::pair<std::string, Error>>& failures) {
  Json out = Json::array();
  for (const auto& [node, error] : failures)
    out.push_back({{"node", node}, {"reason", error.what}});
  return out;
}

// -- who answers ------------------------------------------------------------------

Response Spread::answer(const Route& route, Call& call) {
  if (route.reach == Reach::node) return route.handler(call);
  if (const auto error = fellows_.not_yet()) return problem(*error);
  if (!call.request.from_node.empty()) return own_part(route, call);
  switch (route.reach) {
    case Reach::workflow:
      return placed(shard_of({call["ns"], call["id"]}), call, passed_on(call.request),
                    [&] { return route.handler(call); });
    case Reach::schedule: return trigger(route, call);
    case Reach::start: return start(route, call);
    case Reach::starts: return starts(route, call);
    case Reach::step: return by_token(route, call, *call.body.text("token"), "/token");
    case Reach::dead_step: return by_token(route, call, call["step"], "step");
    case Reach::steps: return heartbeat(route, call);
    case Reach::lease: return lease(route, call);
    case Reach::workflows: return workflows(route, call);
    case Reach::migration: return migration(route, call);
    case Reach::queues: return summed(route, call, "queue");
    case Reach::queue: return queue(route, call);
    case Reach::dead: return one_after_the_other(route, call);
    case Reach::redrive: return redrive(route, call);
    case Reach::events: return events(route, call);
    case Reach::schedules: return schedules(route, call);
    case Reach::node: break;
  }
  return route.handler(call);
}

std::string Spread::node_of(Shard shard) const {
  if (fellows_.is_here(shard)) return fellows_.self();
  auto owner = fellows_.owner(shard);
  return owner.empty() ? fellows_.self() : owner;
}

// Another node has passed the call on: it is answered here, or nowhere.
Response Spread::own_part(const Route& route, Call& call) {
  std::optional<Shard> shard;
  if (route.reach == Reach::workflow) shard = shard_of({call["ns"], call["id"]});
  if (route.reach == Reach::schedule) shard = shard_of({call["ns"], call["name"]});
  if (route.reach == Reach::start) {
    shard = shard_of(
        {call.body.text("namespace").value_or("default"), call.body.text("id").value_or("")});
  }
  if (shard && !fellows_.is_here(*shard)) return misdirected(*shard);
  auto response = route.handler(call);
  // It has left meanwhile, and the store has refused the call.
  const bool has_left = shard && response.status == unavailable_status && !fellows_.is_here(*shard);
  return has_left ? misdirected(*shard) : response;
}

// "Not here, try there", for the node that has passed the call on.
Response Spread::misdirected(Shard shard) const {
  auto response =
      problem(misdirected_status, "retry_later",
              "the shard " + std::to_string(shard) + " is not on the node " + fellows_.self());
  response = with_header(std::move(response), "x-endure-owner", fellows_.owner(shard));
  return with_header(std::move(response), "x-endure-epoch", std::to_string(fellows_.epoch(shard)));
}

Response Spread::away(const Error& error) const {
  return problem(error, {{"node", error.where}});
}

std::int64_t Spread::timeout_ms(const Call& call) const {
  const auto waits =
      call.query.integer("wait_ms").value_or(0) + call.body.integer("wait_ms").value_or(0);
  return services_.limits.call_deadline_ms + waits;
}

Response Spread::placed(Shard shard, const Call& call, const Request& request,
                        const std::function<Response()>& local) {
  const std::int64_t until_ms = services_.clock.steady_ms() + timeout_ms(call);
  const auto moved_by =
      std::chrono::steady_clock::now() +
      std::chrono::milliseconds(std::min(longest_move_ms, services_.limits.call_deadline_ms));
  std::string asked;
  do {
    if (fellows_.is_here(shard)) {
      auto response = local();
      // It has left meanwhile, and the store has refused the call.
      if (response.status != unavailable_status || fellows_.is_here(shard)) return response;
    }
    if (!call.request.from_node.empty()) return misdirected(shard);
    const auto owner = fellows_.owner(shard);
    const std::int64_t left_ms = until_ms - services_.clock.steady_ms();
    if (owner.empty() || left_ms <= 0) break;
    // Frozen here, or given and not taken yet, or nobody has heard of it.
    if (owner == fellows_.self() || owner == asked) std::this_thread::sleep_for(look_again);
    if (owner == fellows_.self()) continue;
    asked = owner;
    auto response = answer_of(fellows_, owner, request, left_ms, call);
    if (!response) return away({response.error().code, response.error().what, owner});
    if (response->status != misdirected_status) return std::move(*response);
    std::uint64_t epoch = 0;
    const auto text = header_of(*response, "x-endure-epoch");
    std::from_chars(text.data(), text.data() + text.size(), epoch);
    fellows_.learn(shard, header_of(*response, "x-endure-owner"), epoch);
  } while (std::chrono::steady_clock::now() < moved_by);
  return problem({Code::retry_later,
                  "no node serves the shard " + std::to_string(shard) +
                      ", which the call concerns: it may be on its way from one to another",
                  ""});
}

// -- what names its workflow elsewhere than in its path ----------------------------

Response Spread::by_token(const Route& route, Call& call, const std::string& text,
                          const std::string& where) {
  const auto token = actors::token_from(text);
  if (!token) return route.handler(call);  // which says what is wrong with it
  const Shard shard = Numbering::shard(token->key.workflow);
  if (shard >= fellows_.shards()) {
    return problem({Code::invalid, "this is no token of this cluster", where});
  }
  return placed(shard, call, passed_on(call.request), [&] { return route.handler(call); });
}

Response Spread::start(const Route& route, Call& call) {
  const WorkflowName name{call.body.text("namespace").value_or("default"),
                          call.body.text("id").value_or(new_uuid(services_.clock.now()))};
  const Shard shard = shard_of(name);
  if (call.body.has("id")) {
    return placed(shard, call, passed_on(call.request), [&] { return route.handler(call); });
  }
  // The id is chosen here, since it says where the workflow belongs.
  auto json = parse_json(call.request.body, services_.limits.max_depth);
  if (!json) return problem(json.error());
  (*json)["id"] = name.id;
  Request request = passed_on(call.request);
  request.body = dump(*json);
  call.body = Arguments(std::move(*json));
  return placed(shard, call, request, [&] { return route.handler(call); });
}

// A run by hand is made by its schedule, and so lies in the schedule's shard.
Response Spread::trigger(const Route& route, Call& call) {
  const WorkflowName schedule{call["ns"], call["name"]};
  const Shard shard = shard_of(schedule);
  const auto id = call.body.text("id");
  if (id && shard_of({schedule.ns, *id}) != shard) {
    return problem({Code::invalid,
                    "in a cluster a run by hand of this schedule is named " + schedule.id +
                        "-manual-NUMBER, so that it lies with its schedule; leave the id out, or "
                        "start the definition",
                    "/id"});
  }
  return placed(shard, call, passed_on(call.request), [&] { return route.handler(call); });
}

}  // namespace endure::http
