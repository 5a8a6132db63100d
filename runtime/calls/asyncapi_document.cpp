#include "runtime/calls/asyncapi_document.hpp"

#include <algorithm>
#include <vector>

#include "runtime/calls/openapi.hpp"
#include "runtime/http_call/request.hpp"

namespace endure::calls {

using workflow::Json;

namespace {

Json member(const Json& json, const std::string& key) {
  return json.is_object() ? json.value(key, Json()) : Json();
}

std::string text_of(const Json& json, const std::string& key) {
  const Json value = member(json, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool is_http(const std::string& protocol) {
  return protocol == "http" || protocol == "https";
}

class Reader {
 public:
  Reader(const Json& document, const std::string& uri, const Json& call)
      : document_(document),
        uri_(uri),
        call_(call),
        v3_(text_of(document, "asyncapi").starts_with("3.")) {}

  Result<AsyncOperation> read() {
    auto found = v3_ ? find_operation() : find_channel();
    if (!found) return Failure(found.error());
    auto server = find_server();
    if (!server) return Failure(server.error());
    auto url = server_url(*server);
    if (!url) return Failure(url.error());
    auto address = fill_server_url(address_, parameters(), member(call_["server"], "variables"));
    if (!address) {
      return fail(Code::invalid, "the channel's address has a parameter without a value: " +
                                     address_ + "; give it under `server.variables`");
    }
    while (url->ends_with('/')) url->pop_back();
    AsyncOperation operation;
    operation.uri = *url + (address->empty() || address->starts_with('/') ? "" : "/") + *address;
    operation.method = http_method();
    operation.content_type = text_of(message_, "contentType");
    if (operation.content_type.empty()) {
      operation.content_type = text_of(document_, "defaultContentType");
    }
    if (operation.content_type.empty()) operation.content_type = "application/json";
    operation.correlation_location = text_of(at(member(message_, "correlationId")), "location");
    return operation;
  }

 private:
  // What a reference leads to; null where it leads nowhere.
  Json at(const Json& json) const {
    const auto resolved = resolve_reference(document_, json);
    return resolved ? **resolved : Json();
  }

  Result<void> find_operation() {
    const auto name = text_of(call_, "operation");
    if (name.empty()) {
      return fail(Code::invalid, "the document is AsyncAPI 3: name the `operation`, not a channel");
    }
    operation_ = at(member(member(document_, "operations"), name));
    if (!operation_.is_object()) return none("operation", name, member(document_, "operations"));
    channel_ = at(member(operation_, "channel"));
    address_ = text_of(channel_, "address");
    const Json messages = member(operation_, "messages");
    if (messages.is_array() && !messages.empty()) {
      message_ = at(messages.front());
    } else if (const Json all = member(channel_, "messages"); all.is_object() && !all.empty()) {
      message_ = at(*all.begin());
    }
    return {};
  }

  Result<void> find_channel() {
    const auto name = text_of(call_, "channel");
    if (name.empty()) {
      return fail(Code::invalid,
                  "the document is AsyncAPI 2: name the `channel`, not an operation");
    }
    channel_ = at(member(member(document_, "channels"), name));
    if (!channel_.is_object()) return none("channel", name, member(document_, "channels"));
    address_ = name;
    operation_ = at(member(channel_, call_.contains("message") ? "publish" : "subscribe"));
    message_ = at(member(operation_, "message"));
    return {};
  }

  static Failure none(const std::string& what, const std::string& name, const Json& known) {
    std::string names;
    const Json all = known.is_object() ? known : Json::object();
    for (const auto& [key, value] : all.items()) {
      if (names.size() < 300) names += (names.empty() ? "; it has " : ", ") + key;
    }
    return fail(Code::invalid, "the document has no " + what + " '" + name + "'" + names, what);
  }

  Result<Json> find_server() const {
    const Json servers = member(document_, "servers");
    const auto named = text_of(member(call_, "server"), "name");
    if (!named.empty()) {
      const Json server = at(member(servers, named));
      if (!server.is_object()) return none("server", named, servers);
      if (is_http(text_of(server, "protocol"))) return server;
      return fail(Code::invalid,
                  "the server '" + named + "' speaks " + text_of(server, "protocol") +
                      "; only http and https can be "
                      "spoken here",
                  "server");
    }
    const auto wanted = text_of(call_, "protocol");
    std::string others;
    for (const Json& server : candidates(servers)) {
      const auto protocol = text_of(server, "protocol");
      if (is_http(protocol) && (wanted.empty() || wanted == protocol || wanted == "http")) {
        return server;
      }
      others += (others.empty() ? ": they speak " : ", ") + protocol;
    }
    return fail(Code::invalid,
                "none of the document's servers speaks " +
                    (wanted.empty() ? "http or https" : wanted) + others,
                "server");
  }

  // Those of the channel, or all where it names none.
  std::vector<Json> candidates(const Json& servers) const {
    std::vector<Json> found;
    const Json own = member(channel_, "servers");
    for (const auto& one : own.is_array() ? own : Json::array()) {
      found.push_back(one.is_string() ? at(member(servers, one.get<std::string>())) : at(one));
    }
    if (!found.empty()) return found;
    for (const auto& server : servers.is_object() ? servers : Json::object()) {
      found.push_back(at(server));
    }
    return found;
  }

  Result<std::string> server_url(const Json& server) const {
    std::string url = text_of(server, "url");
    if (v3_) {
      url = text_of(server, "protocol") + "://" + text_of(server, "host") +
            text_of(server, "pathname");
    } else if (url.find("://") == std::string::npos && !url.starts_with('/')) {
      url = text_of(server, "protocol") + "://" + url;
    }
    auto filled = fill_server_url(std::move(url), member(server, "variables"),
                                  member(member(call_, "server"), "variables"));
    if (!filled) return filled;
    return resolved_uri(uri_, *filled);
  }

  // The defaults of the channel's parameters, in the form of a server's variables.
  Json parameters() const {
    Json out = Json::object();
    Json declared = member(channel_, "parameters");
    if (!declared.is_object()) declared = Json::object();
    for (const auto& [name, stands] : declared.items()) {
      const Json parameter = at(stands);
      Json value = member(parameter, "default");
      if (value.is_null()) value = member(member(parameter, "schema"), "default");
      if (!value.is_null()) out[name] = {{"default", value}};
    }
    return out;
  }

  std::string http_method() const {
    const auto method = text_of(member(member(operation_, "bindings"), "http"), "method");
    return method.empty() ? "POST" : method;
  }

  const Json& document_;
  const std::string& uri_;
  Json call_;
  bool v3_;
  Json operation_;
  Json channel_;
  Json message_;
  std::string address_;
};

}  // namespace

Result<AsyncOperation> asyncapi_operation(const Json& document, const std::string& document_uri,
                                          const Json& call) {
  const auto version = text_of(document, "asyncapi");
  if (!version.starts_with("2.") && !version.starts_with("3.")) {
    return fail(Code::invalid, "the document is no AsyncAPI 2 or 3 (`asyncapi: …`)", "document");
  }
  return Reader(document, document_uri, call).read();
}

Json correlation_of(const Json& message, const std::string& location) {
  const auto hash = location.find('#');
  if (hash == std::string::npos) return {};
  const bool header = location.starts_with("$message.header");
  const Json part = member(message, header ? "headers" : "payload");
  try {
    const Json::json_pointer pointer(location.substr(hash + 1));
    if (!part.contains(pointer)) return {};
    const Json& found = part.at(pointer);
    if (found.is_structured() || found.is_null()) return {};
    return http_call::scalar_text(found);
  } catch (const Json::exception&) {
    return {};
  }
}

}  // namespace endure::calls
