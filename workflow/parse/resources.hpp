// Documents at other addresses that a definition names: functions and schemas.
#pragma once

#include <optional>
#include <string>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// Where a resource is, with what it takes to read it.
struct Address {
  std::string uri;
  std::string authorization;  // see ResourceRequest
};

// `endpoint`: a URI, or {uri, authentication}. Plain values alone: at deployment there is no data
// for an expression to see.
std::optional<Address> read_address(Context& context, const Node& node);

// The document at `address`, read once however often it is named. Null, and a problem at `node`,
// where it cannot be had; `what` is its name in messages: "the function".
const Document* read_resource(Context& context, const Node& node, const Address& address,
                              const std::string& what);

// The document of the node's own catalog, or null where that has no such function.
const Document* find_in_default_catalog(Context& context, const Node& node,
                                        const std::string& path);

// The address of the document itself where `uri` is the page that shows it on GitHub or GitLab.
std::string raw_address(const std::string& uri);

}  // namespace endure::workflow::parse
