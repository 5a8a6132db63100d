#include "config/cluster_node.hpp"

#include "base/ids.hpp"
#include "config/address.hpp"

namespace endure::config {

bool is_node_name(std::string_view text) {
  return check_namespace(text).has_value();  // the same letters
}

Result<ClusterNode> cluster_node_from(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return fail(Code::invalid, "'" + std::string(text) + "' is no node: " + why +
                                   "; expected one such as a=tcp://10.0.0.1:7452");
  };
  const auto equals = text.find('=');
  if (equals == text.npos) return refuse("there is no '='");
  ClusterNode node{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  if (!is_node_name(node.name))
    return refuse("its name has 1 to 64 letters, digits, '.', '_', '-'");
  const auto address = address_from(node.address, "tcp://");
  if (!address) return refuse(address.error().what);
  if (address->port == 0) return refuse("its address has no port");
  return node;
}

}  // namespace endure::config
