// The API in a cluster: who answers a call that one node has taken. A call about one workflow goes
// to the node that owns its shard, one about all of them to every node, whose answers are merged;
// `missing` in a merged answer names those that did not answer, and why. Any thread; blocks as
// long as the call may take.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/http/fellows.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http/route.hpp"
#include "runtime/http/services.hpp"

namespace endure::http {

using workflow::Json;

class Spread {
 public:
  Spread(Fellows& fellows, const Services& services) : fellows_(fellows), services_(services) {}

  // Answers a call whose path, query and body have passed the route's checks.
  Response answer(const Route& route, Call& call);
  // The same for a call about the shard, by `local` where it is this node's. For handlers that
  // find out only by looking at the body.
  Response placed(Shard shard, const Call& call, const Request& request,
                  const std::function<Response()>& local);
  bool is_here(Shard shard) const { return fellows_.is_here(shard); }
  Shard shard_of(const WorkflowName& name) const {
    return endure::shard_of(name, fellows_.shards());
  }

 private:
  struct Part {
    std::string node;
    Result<Response> response;
    Json json;  // of its body, where the status is 200
  };
  struct Question {
    std::string node;
    Request request;
  };

  // -- one node (spread.cpp) --
  // The owner; this node where nobody is known, whose handler then finds nothing.
  std::string node_of(Shard shard) const;
  Response own_part(const Route& route, Call& call);
  Response by_token(const Route& route, Call& call, const std::string& token,
                    const std::string& where);
  Response start(const Route& route, Call& call);
  Response trigger(const Route& route, Call& call);
  std::int64_t timeout_ms(const Call& call) const;
  Response away(const Error& error) const;
  Response misdirected(Shard shard) const;

  // -- several nodes (spread_all.cpp) --
  std::vector<Part> ask(const Call& call, std::vector<Question> questions,
                        const std::function<Response()>& local);
  std::vector<Part> ask_all(const Route& route, Call& call);
  // Asks each of these nodes with a body of its own.
  std::vector<Part> ask_each(const Route& route, Call& call, std::map<std::string, Json> bodies);
  Response starts(const Route& route, Call& call);
  Response heartbeat(const Route& route, Call& call);
  Response lease(const Route& route, Call& call);

  // -- merged lists (spread_lists.cpp) --
  Response workflows(const Route& route, Call& call);
  Response one_after_the_other(const Route& route, Call& call);
  Response migration(const Route& route, Call& call);
  Response summed(const Route& route, Call& call, const char* key);
  Response queue(const Route& route, Call& call);
  Response redrive(const Route& route, Call& call);
  Response events(const Route& route, Call& call);
  Response schedules(const Route& route, Call& call);

  Fellows& fellows_;
  const Services& services_;
};

// What a node says that belongs to no cluster.
Response no_cluster();

// The other node's answer to a call that this one has taken; waits a little longer than that node.
// Errors: those of Fellows::ask().
Result<Response> answer_of(Fellows& fellows, const std::string& node, const Request& request,
                           std::int64_t timeout_ms, const Call& call);

// The request as it goes to another node: what concerns only this connection is left out.
Request passed_on(const Request& request);

// "node" and why, of each part without an answer.
Json missing_of(const std::vector<std::pair<std::string, Error>>& failures);

}  // namespace endure::http
