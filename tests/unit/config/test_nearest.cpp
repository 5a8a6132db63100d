#include "config/nearest.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using endure::config::edit_distance;
using endure::config::nearest;

TEST_CASE("the edit distance counts swapped neighbours as one mistake") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("listen", "listen") == 0);
  CHECK(edit_distance("lisetn", "listen") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest valid name is offered, and none where all are far") {
  const std::vector<std::string> valid{"http.listen", "http.max_body", "worker.listen"};
  CHECK(nearest("http.max_bdy", valid) == "http.max_body");
  CHECK(nearest("htpp.listen", valid) == "http.listen");
  CHECK(nearest("max_body", valid) == "http.max_body");
  CHECK(nearest("database.url", valid).empty());
}
