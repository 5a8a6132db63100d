#include "runtime/http/cloud_event.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "config/nearest.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http/url.hpp"
#include "runtime/http/uuid.hpp"

namespace endure::http {

using workflow::Json;

namespace {

constexpr std::array<std::string_view, 9> known_names = {
    "id",         "source",  "specversion", "type", "datacontenttype",
    "dataschema", "subject", "time",        "data"};
constexpr std::size_t max_attribute_bytes = 1'024;
constexpr std::size_t max_name_length = 20;  // the specification's SHOULD

bool is_attribute_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name_length &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Failure bad_name(const std::string& name) {
  std::string what = "'" + name.substr(0, 100) +
                     "' is no CloudEvents attribute: a name has 1 to 20 of a-z and 0-9";
  const std::vector<std::string> names(known_names.begin(), known_names.end());
  const auto near = config::nearest(name.substr(0, 100), names);
  if (!near.empty()) what += "; did you mean '" + near + "'?";
  return fail(Code::invalid, what, "/" + name.substr(0, 100));
}

Result<void> check_attribute(const std::string& name, const Json& value) {
  if (name == "data" || name == "data_base64") {
    if (name == "data_base64" && !value.is_string()) {
      return fail(Code::invalid, "'data_base64' must be a string", "/data_base64");
    }
    return {};
  }
  if (!is_attribute_name(name)) return bad_name(name);
  const bool known = std::find(known_names.begin(), known_names.end(), name) != known_names.end();
  const bool fits =
      value.is_string() || (!known && (value.is_boolean() || value.is_number_integer()));
  if (!fits) {
    return fail(Code::invalid, "the attribute '" + name + "' must be a string", "/" + name);
  }
  if (value.is_string() && value.get_ref<const std::string&>().size() > max_attribute_bytes) {
    return fail(Code::invalid, "the attribute '" + name + "' has more than 1024 bytes", "/" + name);
  }
  return {};
}

Result<Json> structured(const Request& request, std::size_t max_depth) {
  auto event = parse_json(request.body, max_depth);
  if (!event) return event;
  if (!event->is_object()) {
    return fail(Code::invalid,
                std::string("a CloudEvent is an object, this is ") + event->type_name());
  }
  return event;
}

Result<Json> binary(const Request& request, std::size_t max_depth) {
  Json event = Json::object();
  for (const auto& [name, value] : request.headers) {
    if (!name.starts_with("ce-")) continue;
    if (!is_utf8(value)) return fail(Code::invalid, "the header " + name + " is not UTF-8", name);
    event[name.substr(3)] = value;
  }
  const auto content_type = request.header("content-type");
  if (!content_type.empty()) event["datacontenttype"] = content_type;
  if (request.body.empty()) return event;
  if (content_type.empty() || content_type.find("json") != std::string_view::npos) {
    auto data = parse_json(request.body, max_depth);
    if (!data) return data;
    event["data"] = std::move(*data);
  } else if (is_utf8(request.body)) {
    event["data"] = request.body;
  } else {
    return fail(Code::invalid, "data that is not text must be sent as data_base64 in a JSON event");
  }
  return event;
}

}  // namespace

Result<workflow::CloudEvent> read_cloud_event(const Request& request, Instant now,
                                              std::size_t max_depth) {
  const bool is_binary = !request.header("ce-type").empty();
  auto event = is_binary ? binary(request, max_depth) : structured(request, max_depth);
  if (!event) return Failure(event.error());
  for (const auto& [name, value] : event->items()) {
    if (auto fine = check_attribute(name, value); !fine) return Failure(fine.error());
  }
  if (event->value("type", "").empty()) {
    return fail(Code::invalid, "a CloudEvent needs a 'type', such as review.decided", "/type");
  }
  if (event->contains("data") && event->contains("data_base64")) {
    return fail(Code::invalid, "an event has 'data' or 'data_base64', not both", "/data_base64");
  }
  if (!event->contains("source")) (*event)["source"] = "endure:api";
  if (!event->contains("id")) (*event)["id"] = new_uuid(now);
  if (!event->contains("specversion")) (*event)["specversion"] = "1.0";
  if ((*event)["specversion"] != "1.0") {
    return fail(Code::invalid, "the specversion must be 1.0", "/specversion");
  }
  Instant time;
  if (event->contains("time") && !from_rfc3339((*event)["time"].get<std::string>(), time)) {
    return fail(Code::invalid, "'time' is not a time such as 2026-01-31T12:00:00Z", "/time");
  }
  return workflow::CloudEvent(std::move(*event));
}

}  // namespace endure::http
