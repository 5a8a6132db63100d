// Errors of the language: the standard types and how they compare.
#pragma once

#include <string>
#include <string_view>

#include "workflow/event.hpp"
#include "workflow/value/value.hpp"

namespace endure::workflow::interpreter {

enum class Standard : std::uint8_t {
  configuration,
  validation,
  expression,
  timeout,
  communication,
  runtime
};

// A standard error with its default status and title. `instance` is filled in where it is raised.
Fault standard_fault(Standard kind, std::string detail, std::string instance = {});

// Standard types are written in four ways (two hosts, two paths), which all mean the same; any
// other type equals only itself.
bool same_error_type(std::string_view a, std::string_view b);

// As `$error` and as an error filter see it; absent texts are left out.
Json to_json(const Fault& fault);

// For history and causes: "title: detail", or what of it there is.
std::string describe(const Fault& fault);

}  // namespace endure::workflow::interpreter
