#include "runtime/http_server.hpp"

#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/log.hpp"
#include "runtime/http/api.hpp"
#include "runtime/http/connections.hpp"
#include "runtime/http/elastic_pool.hpp"
#include "runtime/http/library_seam.hpp"
#include "runtime/http/problem.hpp"
#include "runtime/http/socket_stream.hpp"

namespace endure::runtime {

namespace {

using http::copy;
using http::head_of;
using http::SocketStream;

// What happens to the request that this thread serves. The library calls our handlers between its
// own steps on the same thread and hands them nothing of ours.
struct Exchange {
  SocketStream* stream = nullptr;
  bool head_is_read = false;
  // After the response: the rest of the request was not read, or not understood.
  bool close = false;
};
thread_local Exchange exchange;

class TaskQueue final : public httplib::TaskQueue {
 public:
  TaskQueue(std::size_t min, std::size_t max, std::function<void()> saturated)
      : pool_(min, max, std::move(saturated)) {}
  void enqueue(std::function<void()> job) override { pool_.enqueue(std::move(job)); }
  void shutdown() override { pool_.shutdown(); }

 private:
  http::ElasticPool pool_;
};

// An error that the library found by itself, as a problem document.
http::Response own_error(int status) {
  if (exchange.stream->head_too_large()) {
    return http::problem(431, "too_large",
                         "the request's head is too large: a line may have 8192 bytes, all of them "
                         "together 32768");
  }
  if (exchange.stream->timed_out()) {
    return http::problem(408, "invalid", "the request did not arrive in time");
  }
  if (status == 414) return http::problem(414, "too_large", "the request line is too long");
  return http::problem(status, "invalid", "this is not a well-formed HTTP/1.1 request");
}

}  // namespace

class HttpServer::Impl final : private httplib::Server {
 public:
  Impl(HttpServerConfig config, actors::Engine& engine, persistence::Store& store,
       workflow::Expressions& expressions, Clock& clock)
      : config_(std::move(config)),
        api_({{config_.bearer_tokens, config_.allowed_hosts},
              limits_of(config_),
              config_.version,
              config_.resources,
              config_.run,
              config_.fellows},
             engine, store, expressions, clock) {
    set_up();
  }

  Result<void> start();
  void stop_all();
  std::uint16_t bound_port() const { return port_; }
  http::Api& api() { return api_; }
  http::Response answer_for_node(http::Request request) {
    request.ending = ending_.get_token();
    request.abandoned = abandoned_.get_token();
    return api_.handle(request);
  }

 private:
  static http::Limits limits_of(const HttpServerConfig& config) {
    auto limits = config.limits;
    // Long polls must leave threads for everything else.
    limits.max_long_polls = std::min(limits.max_long_polls, (config.max_connections + 1) / 2);
    return limits;
  }

  void set_up();
  HandlerResponse before_routing(const httplib::Request& request, httplib::Response& response);
  void with_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& reader);
  void answer(http::Request request, httplib::Response& response);
  bool process_and_close_socket(socket_t socket) override;
  void serve(int socket);
  bool serve_one(SocketStream& stream);
  void keep_house();

  const HttpServerConfig config_;
  http::Api api_;
  http::Connections connections_;
  std::stop_source ending_;
  std::stop_source abandoned_;
  std::uint16_t port_ = 0;
  std::thread listener_;
  std::atomic<bool> listener_ended_{false};
  std::thread housekeeper_;
  std::mutex stop_mutex_;
  bool stopped_ = true;
};

void HttpServer::Impl::set_up() {
  new_task_queue = [this] {
    return new TaskQueue(config_.threads, config_.max_connections,
                         [this] { connections_.end_longest_idle(); });
  };
  // What the library tells clients in a Keep-Alive header; the times are kept by our own stream.
  set_keep_alive_timeout(static_cast<time_t>(config_.keep_alive_ms / 1'000));
  set_keep_alive_max_count(1'000'000);
  // The library's default would let a second node share the port unnoticed.
  set_socket_options([](socket_t socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    return before_routing(request, response);
  });
  const auto body_handler = [this](const httplib::Request& request, httplib::Response& response,
                                   const httplib::ContentReader& reader) {
    with_body(request, response, reader);
  };
  // Only calls that take a body get here; all else is answered before routing.
  Post("[^]*", body_handler);
  set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    exchange.close = true;
    copy(own_error(response.status), response);
    response.set_header("Connection", "close");
  });
}

// Everything that is known from the head alone is answered here, before a body is read.
httplib::Server::HandlerResponse HttpServer::Impl::before_routing(const httplib::Request& request,
                                                                  httplib::Response& response) {
  auto head = head_of(request);
  const bool has_body = !head.header("content-length").empty()
                            ? head.header("content-length") != "0"
                            : !head.header("transfer-encoding").empty();
  // The library would take forms apart by itself.
  auto refusal =
      request.is_multipart_form_data()
          ? http::problem(415, "invalid", "forms are not taken; send JSON or YAML", "content-type")
          : api_.refuse(head);
  if (refusal) {
    copy(*refusal, response);
    if (has_body) {
      exchange.close = true;
      response.set_header("Connection", "close");
    }
    return HandlerResponse::Handled;
  }
  if (has_body && request.method == "POST") return HandlerResponse::Unhandled;
  if (has_body) {  // one that no call takes is not read
    exchange.close = true;
    response.set_header("Connection", "close");
  }
  answer(std::move(head), response);
  return HandlerResponse::Handled;
}

void HttpServer::Impl::with_body(const httplib::Request& request, httplib::Response& response,
                                 const httplib::ContentReader& reader) {
  auto whole = head_of(request);
  const auto limit = api_.limits().max_body_bytes;
  bool too_large = false;
  const bool read = reader([&](const char* bytes, std::size_t size) {
    too_large = whole.body.size() + size > limit;
    if (!too_large) whole.body.append(bytes, size);
    return !too_large;
  });
  if (!read) {
    exchange.close = true;
    response.set_header("Connection", "close");
    copy(too_large
             ? http::problem(413, "too_large",
                             "the body has more than " + std::to_string(limit) + " bytes", "body")
             : own_error(400),
         response);
    return;
  }
  answer(std::move(whole), response);
}

void HttpServer::Impl::answer(http::Request request, httplib::Response& response) {
  request.ending = ending_.get_token();
  request.abandoned = abandoned_.get_token();
  copy(api_.handle(request), response);
  if (ending_.stop_requested()) {
    exchange.close = true;
    response.set_header("Connection", "close");
  }
}

bool HttpServer::Impl::process_and_close_socket(socket_t socket) {
  if (connections_.add(socket)) {
    serve(socket);
    connections_.remove(socket);
  }
  ::close(socket);
  return true;
}

void HttpServer::Impl::serve(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  http::StreamLimits limits;
  limits.keep_alive_ms = config_.keep_alive_ms;
  limits.request_ms = config_.request_ms;
  limits.write_ms = config_.write_ms;
  SocketStream stream(socket, limits);
  bool go_on = true;
  while (go_on) {
    connections_.set_idle(socket, true);
    if (!stream.wait_for_request()) return;
    connections_.set_idle(socket, false);
    go_on = serve_one(stream);
  }
  stream.linger();
}

// True: the connection may bring another request.
bool HttpServer::Impl::serve_one(SocketStream& stream) {
  exchange = {&stream, false, false};
  stream.begin_request();
  bool closed = false;
  const bool served = process_request(stream, false, closed, [&](httplib::Request& request) {
    // An answer is always whole and plain: compressing it would cost a loopback client more than
    // the bytes that it saves.
    request.ranges.clear();
    request.headers.erase("Accept-Encoding");
    exchange.head_is_read = true;
    stream.end_head();
  });
  // A head that is cut off within its first line gets no answer from the library.
  if (!served && stream.head_too_large() && !stream.anything_written()) {
    const auto response = own_error(431);
    stream.write_format(
        "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
        response.content_type.c_str(), response.body.size());
    static_cast<httplib::Stream&>(stream).write(response.body);
  }
  const bool go_on = served && exchange.head_is_read && !exchange.close && !closed;
  exchange = {};
  return go_on;
}

void HttpServer::Impl::keep_house() {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!ending_.stop_requested()) {
    wake.wait_for(lock, ending_.get_token(), std::chrono::seconds(5), [] { return false; });
    api_.sweep();
  }
}

Result<void> HttpServer::Impl::start() {
  const int bound = config_.port == 0                          ? bind_to_any_port(config_.host)
                    : bind_to_port(config_.host, config_.port) ? config_.port
                                                               : -1;
  if (bound <= 0) {
    return fail(Code::io,
                "HTTP cannot listen on " + config_.host + ":" + std::to_string(config_.port) +
                    ": the address is in use or not this machine's",
                "http");
  }
  port_ = static_cast<std::uint16_t>(bound);
  // The library asks for a backlog of 5, too short for a burst of clients.
  constexpr int backlog = 512;
  ::listen(svr_sock_, backlog);
  stopped_ = false;
  listener_ = std::thread([this] {
    if (!listen_after_bind()) log(Level::error, "http accepts no more connections");
    listener_ended_ = true;
  });
  while (!is_running() && !listener_ended_) std::this_thread::yield();  // stop() needs it
  housekeeper_ = std::thread([this] { keep_house(); });
  log(Level::info, "http listens", {{"host", config_.host}, {"port", port_}});
  return {};
}

void HttpServer::Impl::stop_all() {
  const std::lock_guard lock(stop_mutex_);
  if (stopped_) return;
  stopped_ = true;
  api_.set_ready(false);
  ending_.request_stop();
  connections_.refuse_more();
  httplib::Server::stop();
  if (!connections_.wait_empty(std::chrono::milliseconds(config_.stop_grace_ms))) {
    abandoned_.request_stop();
    connections_.cut();
  }
  listener_.join();
  housekeeper_.join();
  log(Level::info, "http stopped");
}

HttpServer::HttpServer(HttpServerConfig config, actors::Engine& engine, persistence::Store& store,
                       workflow::Expressions& expressions, Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(config), engine, store, expressions, clock)) {}

HttpServer::~HttpServer() {
  stop();
}

Result<void> HttpServer::start() {
  return impl_->start();
}
std::uint16_t HttpServer::port() const {
  return impl_->bound_port();
}
void HttpServer::set_ready(bool ready) {
  impl_->api().set_ready(ready);
}
http::Response HttpServer::answer(http::Request request) {
  return impl_->answer_for_node(std::move(request));
}
void HttpServer::stop() {
  impl_->stop_all();
}

}  // namespace endure::runtime
