// Percent-encoding of URLs (RFC 3986, section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace endure {

// Every byte but the unreserved ones (letters, digits, '-', '.', '_', '~') as '%' and two digits.
std::string percent_encoded(std::string_view text);

}  // namespace endure
