// The plain part of the jq language, evaluated in the node itself in about a microsecond, exact for
// integers of any size that are only passed on.
//
// Plain is what gives exactly one output and takes time in proportion to its text: paths, literals,
// comparisons, arithmetic, and/or/not, `//`, `|`, if, interpolated strings, array and object
// construction, and a few functions (see plain_evaluate.cpp). libjq stays the authority: it has
// compiled the program before, and whatever is an error or unusual here is given to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workflow/expression.hpp"
#include "workflow/expressions/lexer.hpp"

namespace endure::workflow {

struct PlainNode {
  enum class Op : unsigned char {
    identity,
    literal,      // literal
    variable,     // text: its name
    index,        // child 0 by child 1
    pipe,         // child 0 into child 1
    alternative,  // child 0 `//` child 1
    logic_or,
    logic_and,
    binary,     // text: the operator, of children 0 and 1
    negate,     // child 0
    condition,  // if child 0 then child 1 else child 2
    text,       // the children, as strings, one after the other
    array,      // of the children
    object,     // key, value, key, value, …
    call,       // text: the function, of the children
  };
  Op op = Op::identity;
  std::string text;
  Json literal;
  std::vector<PlainNode> children;
};

// The program's tree, or nothing where it is not plain.
std::optional<PlainNode> parse_plain(const std::vector<Token>& tokens);

// The program's one output, or nothing where only jq can say.
std::optional<Value> evaluate_plain(const PlainNode& program, const Scope& scope);

// Whether a call of this function with so many arguments is plain.
bool is_plain_function(std::string_view name, std::size_t arguments);

}  // namespace endure::workflow
