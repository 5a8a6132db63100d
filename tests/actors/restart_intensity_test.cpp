#include "actors/restart_intensity.hpp"

#include "tests/support/catch.hpp"

using endure::actors::RestartIntensity;

TEST_CASE("as many failures as allowed in a period are restarted, the next one is not") {
  RestartIntensity intensity(3, 1'000, 10);
  CHECK(intensity.allow(0));
  CHECK(intensity.allow(10));
  CHECK(intensity.allow(20));
  CHECK_FALSE(intensity.allow(30));
  CHECK(intensity.failures() == 4);
}

TEST_CASE("failures older than the period are forgotten") {
  RestartIntensity intensity(2, 1'000, 10);
  CHECK(intensity.allow(0));
  CHECK(intensity.allow(500));
  CHECK(intensity.allow(1'000));  // the first one has just left the window
  CHECK_FALSE(intensity.allow(1'001));
}

TEST_CASE("the first restart of a period is immediate, later ones back off, doubling, bounded") {
  RestartIntensity intensity(1'000, 1'000'000, 10);
  intensity.allow(0);
  CHECK(intensity.delay_ms() == 0);
  intensity.allow(1);
  CHECK(intensity.delay_ms() == 10);
  intensity.allow(2);
  CHECK(intensity.delay_ms() == 20);
  for (int i = 3; i < 60; ++i) intensity.allow(i);
  CHECK(intensity.delay_ms() == 1'000);
}

TEST_CASE("a record is quiet once its last failure is old enough") {
  RestartIntensity intensity(2, 1'000, 10);
  CHECK(intensity.quiet_since(0));
  intensity.allow(500);
  CHECK_FALSE(intensity.quiet_since(499));
  CHECK(intensity.quiet_since(500));
}
