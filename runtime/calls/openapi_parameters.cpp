#include "runtime/calls/openapi_parameters.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "base/sha256.hpp"
#include "runtime/http/json.hpp"
#include "runtime/http_call/request.hpp"

namespace endure::calls {

using http_call::scalar_text;
using workflow::Json;

namespace {

std::string text_of(const Json& value) {
  return value.is_structured() ? http::dump(value) : scalar_text(value);
}

std::string separator(const Parameter& parameter) {
  if (parameter.style == "spaceDelimited") return "%20";
  if (parameter.style == "pipeDelimited") return "%7C";
  if (parameter.style == "tabDelimited") return "%09";
  return ",";
}

// The parts of a list or object, each through `encode`; keys and values alternate, or stand as k=v.
template <class Encode>
std::vector<std::string> parts_of(const Json& value, bool explode, Encode encode) {
  std::vector<std::string> parts;
  if (value.is_array()) {
    for (const auto& item : value) parts.push_back(encode(text_of(item)));
  } else {
    for (const auto& [key, item] : value.items()) {
      if (explode) {
        parts.push_back(encode(key) + "=" + encode(text_of(item)));
      } else {
        parts.push_back(encode(key));
        parts.push_back(encode(text_of(item)));
      }
    }
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, const std::string& by) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : by) + parts[i];
  return text;
}

bool is_json(const std::string& type) {
  const auto bare = type.substr(0, type.find(';'));
  return bare == "application/json" || bare == "text/json" || bare.ends_with("+json") ||
         bare == "*/*" || bare == "application/*";
}

Result<Body> multipart(const Json& value) {
  if (!value.is_object()) return fail(Code::invalid, "a multipart body is an object", "body");
  const std::string boundary = "endure-" + hex(sha256(http::dump(value)), 16);
  Body body{"", "multipart/form-data; boundary=" + boundary};
  for (const auto& [name, part] : value.items()) {
    body.text += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" +
                 percent_encoded(name) + "\"\r\n";
    if (part.is_structured()) body.text += "Content-Type: application/json\r\n";
    body.text += "\r\n" + text_of(part) + "\r\n";
  }
  body.text += "--" + boundary + "--\r\n";
  return body;
}

Result<Body> form(const Json& value, const std::string& type) {
  if (value.is_string()) return Body{value.get<std::string>(), type};
  if (!value.is_object()) return fail(Code::invalid, "a form is an object", "body");
  Json flat = Json::object();
  for (const auto& [name, part] : value.items()) {
    flat[name] = part.is_object() ? Json(http::dump(part)) : part;
  }
  auto text = http_call::query_text(flat);
  if (!text) return Failure(text.error());
  return Body{std::move(*text), type};
}

}  // namespace

Result<Parameter> read_parameter(const Json& json, bool swagger) {
  Parameter parameter;
  parameter.name = json.value("name", "");
  parameter.in = json.value("in", "");
  const bool in_query = parameter.in == "query" || parameter.in == "cookie";
  if (swagger) {
    const auto format = json.value("collectionFormat", "csv");
    parameter.style = format == "ssv"     ? "spaceDelimited"
                      : format == "pipes" ? "pipeDelimited"
                      : format == "tsv"   ? "tabDelimited"
                      : in_query          ? "form"
                                          : "simple";
    parameter.explode = format == "multi";
    return parameter;
  }
  parameter.style = json.value("style", in_query ? "form" : "simple");
  parameter.explode = json.value("explode", parameter.style == "form");
  parameter.as_json = json.contains("content");
  if (parameter.style == "label" || parameter.style == "matrix") {
    return fail(Code::invalid, "the style '" + parameter.style + "' of the parameter '" +
                                   parameter.name + "' cannot be sent");
  }
  return parameter;
}

std::vector<std::string> pairs_of(const Parameter& parameter, const Json& value) {
  const std::string name = percent_encoded(parameter.name);
  if (parameter.as_json) return {name + "=" + percent_encoded(http::dump(value))};
  if (!value.is_structured()) return {name + "=" + percent_encoded(scalar_text(value))};
  std::vector<std::string> pairs;
  if (parameter.style == "deepObject" && value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      pairs.push_back(percent_encoded(parameter.name + "[" + key + "]") + "=" +
                      percent_encoded(text_of(item)));
    }
    return pairs;
  }
  if (parameter.explode && value.is_object()) return parts_of(value, true, percent_encoded);
  if (parameter.explode) {
    for (const auto& item : value) pairs.push_back(name + "=" + percent_encoded(text_of(item)));
    return pairs;
  }
  return {name + "=" + joined(parts_of(value, false, percent_encoded), separator(parameter))};
}

std::string simple_text(const Parameter& parameter, const Json& value) {
  const bool path = parameter.in == "path";
  const auto encode = [path](const std::string& text) {
    return path ? percent_encoded(text) : text;
  };
  if (parameter.as_json) return encode(http::dump(value));
  if (!value.is_structured()) return encode(scalar_text(value));
  return joined(parts_of(value, parameter.explode, encode), ",");
}

Result<Body> encode_body(const Json& value, const std::vector<std::string>& types) {
  const auto find = [&types](auto fits) -> std::string {
    const auto found = std::find_if(types.begin(), types.end(), fits);
    return found == types.end() ? std::string() : *found;
  };
  const auto starts = [](const char* with) {
    return [with](const std::string& type) { return type.starts_with(with); };
  };
  std::string type = find(is_json);
  if (!type.empty() || types.empty()) {
    if (type.empty() || type.find('*') != std::string::npos) type = "application/json";
    return Body{http::dump(value), type};
  }
  type = find(starts("application/x-www-form-urlencoded"));
  if (!type.empty()) return form(value, type);
  if (!find(starts("multipart/form-data")).empty()) return multipart(value);
  type = find(starts("text/"));
  if (type.empty()) type = types.front();
  if (!value.is_structured()) return Body{scalar_text(value), type};
  return fail(Code::invalid, "the operation takes " + type + ", so its body must be a text",
              "body");
}

}  // namespace endure::calls
