#include "runtime/node_config.hpp"

#include "config/load.hpp"
#include "tests/support/catch.hpp"

using namespace endure;

namespace {

config::Config config_with(std::vector<config::Override> settings) {
  const auto loaded = config::load({{}, {}, std::move(settings)});
  REQUIRE(loaded);
  return loaded->config;
}

}  // namespace

TEST_CASE("the defaults of the engine are those of its own header") {
  const actors::EngineConfig own;
  const actors::EngineConfig ours = engine_config(config::defaults());
  CHECK(ours.scheduler_threads == own.scheduler_threads);
  CHECK(ours.shards == own.shards);
  CHECK(ours.passivate_after_ms == own.passivate_after_ms);
  CHECK(ours.max_active_workflows == own.max_active_workflows);
  CHECK(ours.max_pending_starts == own.max_pending_starts);
  CHECK(ours.max_kept_messages == own.max_kept_messages);
  CHECK(ours.restart_intensity == own.restart_intensity);
  CHECK(ours.restart_period_ms == own.restart_period_ms);
  CHECK(ours.restart_backoff_ms == own.restart_backoff_ms);
  CHECK(ours.queue_window == own.queue_window);
  CHECK(ours.default_lease_ms == own.default_lease_ms);
  CHECK(ours.default_max_attempts == own.default_max_attempts);
  CHECK(ours.default_backoff_ms == own.default_backoff_ms);
  CHECK(ours.default_max_backoff_ms == own.default_max_backoff_ms);
  CHECK(ours.retention_ms == own.retention_ms);
  CHECK(ours.refuse_starts_above == own.refuse_starts_above);
}

TEST_CASE("silence is counted in whole heartbeats, rounded up") {
  const auto beats = [](const char* heartbeat, const char* lost_after) {
    return gateway_config(config_with({{"worker.heartbeat", heartbeat, "test"},
                                       {"worker.lost_after", lost_after, "test"}}),
                          1)
        .lost_after_beats;
  };
  CHECK(beats("2s", "6s") == 3);
  CHECK(beats("2s", "4001ms") == 3);
  CHECK(beats("500ms", "2s") == 4);
}

TEST_CASE("the address of the HTTP API is split for its server") {
  const auto http = http_config(config_with({{"http.listen", "[::1]:8080", "test"}}));
  REQUIRE(http);
  CHECK(http->host == "::1");
  CHECK(http->port == 8080);
}

TEST_CASE("workers beyond this machine are let in only by plain words") {
  CHECK_FALSE(gateway_config(config::defaults(), 1).allow_remote);
  CHECK(gateway_config(config_with({{"security.allow_insecure", "true", "test"}}), 1).allow_remote);
}

TEST_CASE("a listener on every interface is reached by loopback from this machine") {
  CHECK(local_url("0.0.0.0", 80) == "http://127.0.0.1:80");
  CHECK(local_url("::", 80) == "http://[::1]:80");
  CHECK(local_url("localhost", 80) == "http://localhost:80");
}

TEST_CASE("connections are handed to libcurl in its own form") {
  const auto config =
      config_with({{"http_client.connect_to", "a.example:443=127.0.0.1:8443", "test"}});
  CHECK(http_caller_config(config).connect_to ==
        std::vector<std::string>{"a.example:443:127.0.0.1:8443"});
}

TEST_CASE("a file of certificates must hold one") {
  CHECK(check_ca_file(""));
  CHECK(check_ca_file("/nowhere/ca.pem").error().code == Code::invalid);
  CHECK_FALSE(check_ca_file("/proc/self/status"));
}
