// Evaluates plain programs. A null pointer as a result means: only jq can say (an error, a kind of
// value that is rare here, a number that a double cannot hold, too much work).
#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <utility>

#include "workflow/expressions/plain.hpp"
#include "workflow/expressions/plain_values.hpp"
#include "workflow/expressions/wire.hpp"

namespace endure::workflow {
namespace {

using Op = PlainNode::Op;

// Bytes and items that one evaluation may copy or look at before it is left to the sandbox, whose
// bounds are the real ones. Keeps an evaluation here below a few milliseconds.
constexpr std::size_t max_work = 1U << 20U;

class Evaluation {
 public:
  explicit Evaluation(const Scope& scope) : scope_(scope) {}

  const Json* run(const PlainNode& node, const Json& dot) {
    switch (node.op) {
      case Op::identity: return &dot;
      case Op::literal: return &node.literal;
      case Op::variable: return variable(node);
      case Op::index: return index(node, dot);
      case Op::pipe: {
        const Json* left = run(node.children[0], dot);
        return left == nullptr ? nullptr : run(node.children[1], *left);
      }
      case Op::alternative: {
        const Json* left = run(node.children[0], dot);
        if (left == nullptr || is_truthy(*left)) return left;
        return run(node.children[1], dot);
      }
      case Op::logic_or:
      case Op::logic_and: return logic(node, dot);
      case Op::condition: {
        const Json* test = run(node.children[0], dot);
        if (test == nullptr) return nullptr;
        return run(node.children[is_truthy(*test) ? 1 : 2], dot);
      }
      case Op::negate: {
        const Json* operand = run(node.children[0], dot);
        const auto number = operand == nullptr ? std::nullopt : exact_double(*operand);
        return number ? keep_number(-*number) : nullptr;
      }
      case Op::binary: return binary(node, dot);
      case Op::text: return text(node, dot);
      case Op::array: return array(node, dot);
      case Op::object: return object(node, dot);
      case Op::call: return call(node, dot);
    }
    return nullptr;
  }

  // The result, moved out where it was made here.
  Value take(const Json* result) {
    if (!made_.empty() && result == &made_.back()) return Value(std::move(made_.back()));
    if (result == &scope_.input.json()) return scope_.input;
    return Value(*result);
  }

 private:
  // -- bookkeeping -------------------------------------------------------------

  const Json* keep(Json json) { return &made_.emplace_back(std::move(json)); }

  static const Json* boolean(bool value) {
    static const Json yes = true;
    static const Json no = false;
    return value ? &yes : &no;
  }

  const Json* keep_number(double number) {
    return std::isfinite(number) ? keep(wire::from_double(number)) : nullptr;
  }

  bool charge(const Json& json) { return spend(json, budget_); }
  bool charge(std::size_t amount) {
    if (amount > budget_) return false;
    budget_ -= amount;
    return true;
  }

  // -- one an operation ----------------------------------------------------------

  const Json* variable(const PlainNode& node) {
    const Value* value = scope_.find(node.text);
    return value == nullptr ? nullptr : &value->json();
  }

  const Json* index(const PlainNode& node, const Json& dot) {
    static const Json null;
    const Json* from = run(node.children[0], dot);
    const Json* key = from == nullptr ? nullptr : run(node.children[1], dot);
    if (key == nullptr) return nullptr;
    if (key->is_string()) {
      if (from->is_null()) return &null;
      if (!from->is_object()) return nullptr;
      const auto found = from->find(key->get_ref<const std::string&>());
      return found == from->end() ? &null : &*found;
    }
    if (!key->is_number_integer()) return nullptr;
    if (from->is_null()) return &null;
    const auto at = exact_double(*key);
    if (!at || !from->is_array() || std::abs(*at) > 1e9) return nullptr;
    const double size = static_cast<double>(from->size());
    const double place = *at < 0 ? *at + size : *at;
    return place < 0 || place >= size ? &null : &(*from)[static_cast<std::size_t>(place)];
  }

  const Json* logic(const PlainNode& node, const Json& dot) {
    const Json* left = run(node.children[0], dot);
    if (left == nullptr) return nullptr;
    if (is_truthy(*left) == (node.op == Op::logic_or)) return boolean(node.op == Op::logic_or);
    const Json* right = run(node.children[1], dot);
    return right == nullptr ? nullptr : boolean(is_truthy(*right));
  }

  const Json* binary(const PlainNode& node, const Json& dot) {
    const Json* left = run(node.children[0], dot);
    const Json* right = left == nullptr ? nullptr : run(node.children[1], dot);
    if (right == nullptr) return nullptr;
    if (node.text.size() == 2 || node.text == "<" || node.text == ">") {
      return compare(node.text, *left, *right);
    }
    if (node.text == "+" && !left->is_number()) return add(*left, *right);
    if (node.text == "+" && right->is_null()) return left;
    const auto a = exact_double(*left);
    const auto b = exact_double(*right);
    return a && b ? arithmetic(node.text.front(), *a, *b) : nullptr;
  }

  const Json* arithmetic(char op, double a, double b) {
    switch (op) {
      case '+': return keep_number(a + b);
      case '-': return keep_number(a - b);
      case '*': return keep_number(a * b);
      case '/': return b == 0 ? nullptr : keep_number(a / b);
      default: {
        constexpr auto bound = static_cast<double>(wire::max_exact_integer);
        if (std::abs(a) > bound || std::abs(b) > bound || std::abs(b) < 1) return nullptr;
        return keep(static_cast<std::int64_t>(a) % static_cast<std::int64_t>(b));
      }
    }
  }

  const Json* add(const Json& left, const Json& right) {
    if (left.is_null()) return &right;
    if (right.is_null()) return &left;
    if (left.type() != right.type() || left.is_boolean()) return nullptr;
    if (!charge(left) || !charge(right)) return nullptr;
    Json sum = left;
    if (left.is_string()) {
      sum.get_ref<std::string&>() += right.get_ref<const std::string&>();
    } else if (left.is_array()) {
      sum.insert(sum.end(), right.begin(), right.end());
    } else {
      sum.update(right);
    }
    return keep(std::move(sum));
  }

  const Json* compare(const std::string& op, const Json& left, const Json& right) {
    if (left.is_string() && !charge(left)) return nullptr;
    const auto order = order_of(left, right);
    if (!order) return nullptr;
    if (op == "==") return boolean(*order == 0);
    if (op == "!=") return boolean(*order != 0);
    if (op == "<") return boolean(*order < 0);
    if (op == "<=") return boolean(*order <= 0);
    if (op == ">") return boolean(*order > 0);
    return boolean(*order >= 0);
  }

  const Json* text(const PlainNode& node, const Json& dot) {
    std::string out;
    for (const PlainNode& part : node.children) {
      const Json* value = run(part, dot);
      const std::size_t before = out.size();
      if (value == nullptr || !append_text(*value, out)) return nullptr;
      if (!charge(out.size() - before)) return nullptr;
    }
    return keep(std::move(out));
  }

  const Json* array(const PlainNode& node, const Json& dot) {
    Json out = Json::array();
    for (const PlainNode& child : node.children) {
      const Json* item = run(child, dot);
      if (item == nullptr || !charge(*item)) return nullptr;
      out.push_back(*item);
    }
    return keep(std::move(out));
  }

  const Json* object(const PlainNode& node, const Json& dot) {
    Json out = Json::object();
    for (std::size_t i = 0; i < node.children.size(); i += 2) {
      const Json* key = run(node.children[i], dot);
      const Json* item = key == nullptr ? nullptr : run(node.children[i + 1], dot);
      if (item == nullptr || !key->is_string() || !charge(*key) || !charge(*item)) {
        return nullptr;
      }
      out[key->get_ref<const std::string&>()] = *item;
    }
    return keep(std::move(out));
  }

  // -- functions -----------------------------------------------------------------

  const Json* call(const PlainNode& node, const Json& dot) {
    if (!charge(dot.is_string() ? dot.get_ref<const std::string&>().size() : 1)) return nullptr;
    if (!node.children.empty()) return call_with(node, dot);
    if (node.text == "not") return boolean(!is_truthy(dot));
    if (node.text == "type") return keep(dot.type_name());
    if (node.text == "length") return length(dot);
    if (node.text == "floor") {
      const auto number = exact_double(dot);
      return number ? keep_number(std::floor(*number)) : nullptr;
    }
    if (node.text == "tostring") {
      std::string out;
      return append_text(dot, out) ? keep(std::move(out)) : nullptr;
    }
    return change_case(dot, node.text == "ascii_upcase" ? 'a' : 'A');
  }

  const Json* length(const Json& dot) {
    if (dot.is_boolean()) return nullptr;
    if (dot.is_string()) return keep(code_points(dot.get_ref<const std::string&>()));
    if (!dot.is_number()) return keep(dot.size());
    const auto number = exact_double(dot);
    return number ? keep_number(std::abs(*number)) : nullptr;
  }

  const Json* change_case(const Json& dot, char first) {
    if (!dot.is_string()) return nullptr;
    std::string out = dot.get<std::string>();
    for (char& c : out) {
      if (c >= first && c <= first + 25) c = static_cast<char>(c ^ 0x20);
    }
    return keep(std::move(out));
  }

  const Json* call_with(const PlainNode& node, const Json& dot) {
    const Json* argument = run(node.children[0], dot);
    if (argument == nullptr || !argument->is_string()) return nullptr;
    const auto& part = argument->get_ref<const std::string&>();
    if (node.text == "has") return dot.is_object() ? boolean(dot.contains(part)) : nullptr;
    if (!dot.is_string()) return nullptr;
    const auto& whole = dot.get_ref<const std::string&>();
    if (node.text == "startswith") return boolean(whole.starts_with(part));
    if (node.text == "endswith") return boolean(whole.ends_with(part));
    if (node.text == "ltrimstr") {
      return whole.starts_with(part) ? keep(whole.substr(part.size())) : &dot;
    }
    if (node.text == "rtrimstr") {
      return whole.ends_with(part) ? keep(whole.substr(0, whole.size() - part.size())) : &dot;
    }
    // contains: jq 1.6 looks no further than a null character.
    if (whole.find('\0') != std::string::npos || part.find('\0') != std::string::npos) {
      return nullptr;
    }
    return boolean(whole.find(part) != std::string::npos);
  }

  const Scope& scope_;
  std::deque<Json> made_;  // what this evaluation made, at addresses that stay
  std::size_t budget_ = max_work;
};

constexpr std::array<std::string_view, 7> functions_of_none = {
    "not", "type", "length", "floor", "tostring", "ascii_upcase", "ascii_downcase"};
constexpr std::array<std::string_view, 6> functions_of_one = {"has",      "startswith", "endswith",
                                                              "ltrimstr", "rtrimstr",   "contains"};

}  // namespace

bool is_plain_function(std::string_view name, std::size_t arguments) {
  if (arguments == 0) {
    return std::find(functions_of_none.begin(), functions_of_none.end(), name) !=
           functions_of_none.end();
  }
  return arguments == 1 && std::find(functions_of_one.begin(), functions_of_one.end(), name) !=
                               functions_of_one.end();
}

std::optional<Value> evaluate_plain(const PlainNode& program, const Scope& scope) {
  Evaluation evaluation(scope);
  const Json* result = evaluation.run(program, scope.input.json());
  if (result == nullptr) return std::nullopt;
  return evaluation.take(result);
}

}  // namespace endure::workflow
