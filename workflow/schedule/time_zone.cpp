// The one file that knows the library behind time zones.
#include "workflow/schedule/time_zone.hpp"

#include <date/tz.h>

#include <chrono>
#include <exception>

namespace endure::workflow {

namespace {

using std::chrono::milliseconds;

class Utc final : public TimeZone {
 public:
  const std::string& name() const override { return name_; }
  Span span_at(Instant) const override { return {{INT64_MIN}, {INT64_MAX}, 0}; }

 private:
  const std::string name_ = "UTC";
};

// The library's first and last spans reach to the ends of its calendar, which milliseconds hold.
class SystemZone final : public TimeZone {
 public:
  SystemZone(std::string name, const date::time_zone* zone) : name_(std::move(name)), zone_(zone) {}

  const std::string& name() const override { return name_; }

  Span span_at(Instant t) const override {
    const auto seconds =
        date::floor<std::chrono::seconds>(date::sys_time<milliseconds>(milliseconds(t.ms)));
    const date::sys_info info = zone_->get_info(seconds);
    const auto ms = [](date::sys_seconds at) {
      return Instant{milliseconds(at.time_since_epoch()).count()};
    };
    return {ms(info.begin), ms(info.end), milliseconds(info.offset).count()};
  }

 private:
  const std::string name_;
  const date::time_zone* zone_;  // lives as long as the process
};

}  // namespace

TimeZonePtr utc() {
  static const TimeZonePtr zone = std::make_shared<Utc>();
  return zone;
}

Result<TimeZonePtr> find_time_zone(const std::string& name) {
  if (name == "UTC") return utc();
  try {
    // The library takes a name for a path below its data; no zone's name begins or climbs so.
    if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) {
      return fail(Code::invalid, "`" + name +
                                     "` is no time zone; expected a name such as "
                                     "`Europe/Berlin` or `UTC`");
    }
    auto zone = std::make_shared<SystemZone>(name, date::locate_zone(name));
    zone->span_at({0});  // reads the zone's data now rather than when it is first needed
    return zone;
  } catch (const std::exception&) {
    return fail(Code::invalid,
                "the time zone `" + name +
                    "` is not known to this machine; expected a name such "
                    "as `Europe/Berlin` or `UTC` (the data is that of the package tzdata)");
  }
}

}  // namespace endure::workflow
