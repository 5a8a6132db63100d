// Parameters of an OpenAPI operation as the text of a request. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "workflow/value/value.hpp"

namespace endure::calls {

struct Parameter {
  std::string name;
  std::string in;  // path, query, header, cookie
  std::string style =
      "simple";  // simple, form, spaceDelimited, pipeDelimited, tabDelimited, deepObject
  bool explode = false;
  bool as_json = false;  // its `content` is JSON
};

// The style that the document gives the parameter, or the one that its place implies. `swagger` is
// true for version 2.0.
Result<Parameter> read_parameter(const workflow::Json& parameter, bool swagger);

// "name=value" parts of a query or cookie, percent-encoded.
std::vector<std::string> pairs_of(const Parameter& parameter, const workflow::Json& value);
// One text, for a path (percent-encoded) or header.
std::string simple_text(const Parameter& parameter, const workflow::Json& value);

struct Body {
  std::string text;
  std::string type;  // Content-Type
};

// `types`: the media types that the operation takes; JSON is preferred, then forms, then text.
// Code::invalid where the value does not fit them.
Result<Body> encode_body(const workflow::Json& value, const std::vector<std::string>& types);

}  // namespace endure::calls
