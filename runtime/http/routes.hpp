// The API's routes, one function a family. What they are given must outlive them.
#pragma once

#include <vector>

#include "runtime/http/route.hpp"
#include "runtime/http/services.hpp"

namespace endure::http {

class LeaseHub;
class RequestCounters;

using Routes = std::vector<Route>;

Routes definition_routes(Services& services);
Routes schema_routes();
Routes start_routes(Services& services);
Routes workflow_routes(Services& services);  // list, show, history, result, control
Routes migration_routes(Services& services);
Routes schedule_routes(Services& services);
Routes event_routes(Services& services);
Routes queue_routes(Services& services);
Routes dead_letter_routes(Services& services);
Routes step_routes(Services& services, LeaseHub& leases);
Routes cluster_routes(Services& services);
Routes member_routes(Services& services);
Routes node_routes(Services& services, const RequestCounters& counters);

}  // namespace endure::http
