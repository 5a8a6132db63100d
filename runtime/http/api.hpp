// The HTTP API without its sockets: a request in, a response out.
// Any thread; handle() may block its caller for as long as the request's limits allow.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/http/guard.hpp"
#include "runtime/http/lease_hub.hpp"
#include "runtime/http/request_counters.hpp"
#include "runtime/http/router.hpp"
#include "runtime/http/services.hpp"
#include "runtime/http/spread.hpp"

namespace endure::http {

struct ApiConfig {
  GuardConfig guard;
  Limits limits;
  std::string version = "0.1.0";
  workflow::ExternalResources* resources = nullptr;  // what definitions name; null: nothing is read
  workflow::RunAbilities run;
  Fellows* fellows = nullptr;  // the cluster; null: there is none
};

class Api {
 public:
  // Everything given must outlive the Api.
  Api(ApiConfig config, actors::Engine& engine, persistence::Store& store,
      workflow::Expressions& expressions, Clock& clock);

  // What can be refused before the body is read: who may call, the route, the announced size.
  // Nothing: go on and read the body. Refusals are counted.
  std::optional<Response> refuse(const Request& head);

  // Checks and answers a whole request. Never throws.
  Response handle(const Request& request);

  void set_ready(bool ready) { services_.ready = ready; }
  void sweep() { leases_.sweep(); }  // call it now and then
  const std::vector<Route>& routes() const { return router_->routes(); }
  const Limits& limits() const { return services_.limits; }
  RequestCounters& counters() { return counters_; }

 private:
  struct Checked {
    Url url;
    Router::Match match;
  };
  // The route and its path, or the refusal.
  std::variant<Checked, Response> check(const Request& head) const;
  Response answer(const Request& request, const Url& url, Router::Match match);

  GuardConfig guard_;
  Services services_;
  LeaseHub leases_;
  RequestCounters counters_;
  std::string openapi_;
  std::optional<Spread> spread_;
  std::optional<Router> router_;
};

}  // namespace endure::http
