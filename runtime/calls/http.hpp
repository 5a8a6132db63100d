// `call: http`, and `call: openapi`, which becomes one.
#pragma once

#include <memory>

#include "runtime/calls/authorizer.hpp"
#include "runtime/calls/document.hpp"
#include "runtime/calls/line.hpp"

namespace endure::calls {

// {method, uri, headers, query, body, output, redirect, authentication}
class HttpCall final : public Call {
 public:
  HttpCall(Line& line, Json arguments) : line_(line), arguments_(std::move(arguments)) {}
  void begin() override;

 private:
  void send(const Json& authentication);

  Line& line_;
  Json arguments_;
};

// {document, operationId, parameters, output, redirect, authentication}
class OpenapiCall final : public Call {
 public:
  OpenapiCall(Line& line, Json arguments) : line_(line), arguments_(std::move(arguments)) {}
  void begin() override;

 private:
  void on_document(const Document& document);

  Line& line_;
  Json arguments_;
  std::unique_ptr<HttpCall> call_;
};

}  // namespace endure::calls
