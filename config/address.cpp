#include "config/address.hpp"

#include <charconv>

namespace endure::config {
namespace {

Failure bad_address(std::string_view text, std::string_view scheme) {
  const std::string prefix(scheme);
  return fail(Code::invalid, "'" + std::string(text) + "' is not an address; write " + prefix +
                                 "host:port, such as " + prefix + "127.0.0.1:7450");
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return !text.empty() && error == std::errc{} && rest == end;
}

// A dotted IPv4 address of 127.0.0.0/8; a name such as 127.example.org is none.
bool is_loopback_v4(std::string_view host) {
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

}  // namespace

bool Address::loopback() const {
  return host == "localhost" || host == "::1" || is_loopback_v4(host);
}

Result<Address> address_from(std::string_view text, std::string_view scheme) {
  if (!text.starts_with(scheme)) return bad_address(text, scheme);
  const std::string_view rest = text.substr(scheme.size());
  const auto colon = rest.rfind(':');
  Address address;
  if (colon == rest.npos || !read_port(rest.substr(colon + 1), address.port)) {
    return bad_address(text, scheme);
  }
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != host.npos) {
    return bad_address(text, scheme);
  }
  if (host.empty() || host.find_first_of(" \t/@") != host.npos) return bad_address(text, scheme);
  address.host = host;
  return address;
}

Result<Connection> connection_from(std::string_view text) {
  const auto equals = text.find('=');
  if (equals != text.npos) {
    const auto from = address_from(text.substr(0, equals), "");
    const auto to = address_from(text.substr(equals + 1), "");
    if (from && to && from->port != 0 && to->port != 0) return Connection{*from, *to};
  }
  return fail(Code::invalid, "'" + std::string(text) +
                                 "' is no connection; write host:port=host:port, such as "
                                 "api.example:443=127.0.0.1:8443");
}

}  // namespace endure::config
