// Runtime expressions and templates in the places where the language allows them.
#pragma once

#include <optional>
#include <string>

#include "workflow/parse/context.hpp"

namespace endure::workflow::parse {

// The text inside `${ … }`, where `text` is of that form as a whole.
std::optional<std::string> enclosed(const std::string& text);

// An expression, with or without `${ }`: `if`, `when`, `while`, `in`.
std::optional<Expression> read_expression(Context& context, const Node& node);

// Any JSON; strings of the form `${ … }` in it are expressions.
std::optional<Template> read_template(Context& context, const Node& node);

// `from` and `as`: an expression, with or without `${ }`, or an object that is a template.
std::optional<Template> read_transform(Context& context, const Node& node);

// Text, or `${ … }` that gives text. `expected` is for messages.
std::optional<Template> read_text_template(Context& context, const Node& node,
                                           std::string_view expected);

Template constant(Json json);

}  // namespace endure::workflow::parse
