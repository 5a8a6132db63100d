// From the one configuration to that of each part of a node. Pure.
#pragma once

#include <cstdint>

#include "actors/engine.hpp"
#include "config/settings.hpp"
#include "persistence/lmdb/lmdb_store.hpp"
#include "runtime/cluster/cluster.hpp"
#include "runtime/http_caller.hpp"
#include "runtime/http_server.hpp"
#include "runtime/process_runner.hpp"
#include "runtime/resource_reader.hpp"
#include "runtime/sink_sender.hpp"
#include "runtime/worker_gateway.hpp"
#include "workflow/expressions.hpp"

namespace endure {

persistence::LmdbConfig store_config(const config::Config& config);
workflow::ExpressionLimits expression_limits(const config::Config& config);
actors::EngineConfig engine_config(const config::Config& config);
// Code::invalid where an address is none.
Result<runtime::HttpServerConfig> http_config(const config::Config& config);
runtime::ResourceConfig resource_config(const config::Config& config);
runtime::HttpCallerConfig http_caller_config(const config::Config& config);
// Code::invalid where the file cannot be read or holds no certificate. Empty: none is asked for.
Result<void> check_ca_file(const std::string& path);
// Looks for the interpreters on this machine.
ProcessRunnerConfig process_runner_config(const config::Config& config);
runtime::SinkSenderConfig sink_config(const config::Config& config);
// Reads the keys. Code::invalid where one is missing or wrong.
Result<cluster::ClusterConfig> cluster_config(const config::Config& config);
WorkerGatewayConfig gateway_config(const config::Config& config, std::uint64_t epoch);

// Where clients on this machine reach a server that listens on `host`: a listener on every
// interface is reached by loopback.
std::string local_url(const std::string& host, std::uint16_t port);

}  // namespace endure
