// doctor
#include <iterator>
#include <memory>
#include <ostream>

#include "config/quantity.hpp"
#include "runtime/cli/doctor.hpp"
#include "runtime/cli/report.hpp"
#include "runtime/cli/text.hpp"
#include "runtime/cli/verb.hpp"
#include "runtime/cli/verbs.hpp"

namespace endure::cli {
namespace {

std::vector<Finding> examine(Context& context, const DoctorLimits& limits) {
  ApiClient node = connect(context);
  std::vector<Finding> out;
  const auto add = [&out](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(out));
  };
  const Query suspended{{"phase", "suspended"}, {"limit", "50"}};
  add(examine_suspended(value_or_exit(context, node.get("/v1/workflows", suspended))));
  add(examine_queues(value_or_exit(context, node.get("/v1/queues")), context.clock.now(), limits));
  add(examine_stats(value_or_exit(context, node.get("/v1/stats")), limits));
  // A node of an earlier version has none of these.
  if (const auto schedules = node.get("/v1/schedules")) add(examine_schedules(*schedules));
  if (const auto stuck = node.get("/v1/stuck")) add(examine_stuck(*stuck));
  if (const auto damage = node.get("/v1/damage")) add(examine_damage(*damage));
  add(examine_actors(value_or_exit(context, node.get("/v1/actors"))));
  add(examine_events(value_or_exit(context, node.get("/v1/events"))));
  if (const auto cluster = node.get("/v1/cluster")) add(examine_cluster(*cluster));  // else none
  return out;
}

}  // namespace

Json findings_json(const std::vector<Finding>& findings) {
  Json items = Json::array();
  for (const Finding& f : findings) {
    items.push_back({{"kind", f.kind},
                     {"subject", f.subject},
                     {"what", f.what},
                     {"since", f.since.empty() ? Json() : Json(f.since)},
                     {"cause", f.cause.empty() ? Json() : Json(f.cause)},
                     {"next", f.next}});
  }
  return Json{{"healthy", findings.empty()}, {"findings", items}};
}

void print_findings(Context& context, const std::vector<Finding>& findings) {
  for (const Finding& f : findings) {
    const std::string age = age_of(f.since, context.clock.now());
    context.out << one_line(f.subject) << (f.subject.empty() ? "" : ": ") << one_line(f.what)
                << (age.empty() ? "" : ", since " + age) << '\n';
    if (!f.cause.empty()) context.out << "  cause: " << one_line(f.cause, 500) << '\n';
    context.out << "  next:  " << f.next << '\n';
  }
}

void add_doctor_verb(Verb app, Context& context) {
  const auto old = std::make_shared<std::string>("10m");
  const Verb doctor = app.verb(
      "doctor", "Say what is stuck, why, since when, and what to type next",
      "  endure doctor\n  endure doctor --old 1h --output json    (exit code 7: something is)");
  doctor.option("--old", *old, "A step that is older than this is reported").shows_default();
  doctor.on_run(context, [&context, old]() -> int {
    DoctorLimits limits;
    const auto old_ms = config::duration_from(*old);
    if (!old_ms) return report(context, exit_usage, "--old: " + old_ms.error().what);
    limits.old_step_ms = *old_ms;
    const std::vector<Finding> findings = examine(context, limits);
    if (context.json) {
      print_json(context, findings_json(findings));
    } else {
      if (findings.empty()) context.out << "nothing is stuck\n";
      print_findings(context, findings);
    }
    return findings.empty() ? exit_ok : exit_findings;
  });
}

}  // namespace endure::cli
