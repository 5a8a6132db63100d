#include "config/nearest.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
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

TEST_CASE("a bound on the edit distance changes nothing below it") {
  const auto plain = [](std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
      for (std::size_t j = 0; j <= b.size(); ++j) {
        auto& here = cost[i][j];
        here = i + j;
        if (i > 0) here = std::min(here, cost[i - 1][j] + 1);
        if (j > 0) here = std::min(here, cost[i][j - 1] + 1);
        if (i == 0 || j == 0) continue;
        here = std::min(here, cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
          here = std::min(here, cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.size()][b.size()];
  };
  std::mt19937 random(7);
  const auto word = [&] {
    std::string text(random() % 9, ' ');
    for (auto& letter : text) letter = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 5'000; ++i) {
    const auto a = word();
    const auto b = word();
    const auto distance = plain(a, b);
    INFO(a << " and " << b);
    REQUIRE(edit_distance(a, b) == distance);
    for (std::size_t bound = 0; bound <= 9; ++bound) {
      REQUIRE(edit_distance(a, b, bound) == std::min(distance, bound + 1));
    }
  }
}

TEST_CASE("the nearest valid name is offered, and none where all are far") {
  const std::vector<std::string> valid{"http.listen", "http.max_body", "worker.listen"};
  CHECK(nearest("http.max_bdy", valid) == "http.max_body");
  CHECK(nearest("htpp.listen", valid) == "http.listen");
  CHECK(nearest("max_body", valid) == "http.max_body");
  CHECK(nearest("database.url", valid).empty());
}
