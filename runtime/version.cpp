#include "runtime/version.hpp"

namespace endure {

std::string_view version() {
  return ENDURE_VERSION;
}

}  // namespace endure
