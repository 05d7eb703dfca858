#include "adapters/sandbox/graphql_document.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::adapters::sandbox {

namespace {

class document_parser {
 public:
  explicit document_parser(std::vector<token> tokens) : from_(std::move(tokens)) {}

  engine::result<document> parse() {
    document parsed;
    while (!from_.at_end() && !from_.failed()) {
      if (from_.sees("fragment"))
        parsed.fragments.push_back(read_fragment());
      else
        parsed.operations.push_back(read_operation());
    }
    if (!from_.failed() && parsed.operations.empty()) from_.fail("an operation");
    if (from_.failed()) return from_.failure();
    return parsed;
  }

 private:
  operation read_operation() {
    operation read;
    read.at = from_.peek().at;
    if (from_.sees("{")) {
      read.selections = read_selections(0);
      return read;
    }
    read.mutation = from_.sees("mutation");
    if (!read.mutation && !from_.sees("query")) from_.fail("query, mutation or fragment");
    static_cast<void>(from_.take());
    if (from_.peek().kind == token_kind::name) read.name = from_.expect_name();
    if (from_.accept("(")) {
      while (!from_.failed() && !from_.accept(")"))
        read.variables.push_back(read_variable());
    }
    read.directives = from_.read_directives();
    read.selections = read_selections(0);
    return read;
  }

  variable_definition read_variable() {
    variable_definition read;
    read.at = from_.peek().at;
    from_.expect("$");
    read.name = from_.expect_name();
    from_.expect(":");
    read.type = from_.read_type();
    if (from_.accept("=")) read.fallback = from_.read_literal();
    return read;
  }

  fragment read_fragment() {
    fragment read;
    read.at = from_.peek().at;
    from_.expect("fragment");
    read.name = from_.expect_name();
    from_.expect("on");
    read.on = from_.expect_name();
    read.selections = read_selections(0);
    return read;
  }

  std::vector<selection> read_selections(std::size_t depth) {
    std::vector<selection> read;
    if (depth > limits::json_depth_max) from_.fail("less nesting");
    from_.expect("{");
    if (from_.sees("}")) from_.fail("a field");
    while (!from_.failed() && !from_.accept("}"))
      read.push_back(read_selection(depth));
    return read;
  }

  selection read_selection(std::size_t depth) {
    selection read;
    read.at = from_.peek().at;
    if (from_.accept("...")) return read_spread(std::move(read), depth);
    read.name = from_.expect_name();
    read.alias = read.name;
    if (from_.accept(":")) read.name = from_.expect_name();
    read.arguments = from_.read_arguments();
    read.directives = from_.read_directives();
    if (from_.sees("{")) read.selections = read_selections(depth + 1);
    return read;
  }

  selection read_spread(selection read, std::size_t depth) {
    const bool named = from_.peek().kind == token_kind::name && !from_.sees("on");
    if (named) {
      read.is = selection::kind::spread;
      read.name = from_.expect_name();
      read.directives = from_.read_directives();
      return read;
    }
    read.is = selection::kind::inline_fragment;
    if (from_.accept("on")) read.on = from_.expect_name();
    read.directives = from_.read_directives();
    read.selections = read_selections(depth + 1);
    return read;
  }

  token_cursor from_;
};

literal::kind kind_of_name(std::string_view name) {
  if (name == "true" || name == "false") return literal::kind::boolean;
  return name == "null" ? literal::kind::null : literal::kind::enumerator;
}

} // namespace

std::string type_ref::text() const {
  const std::string_view mark = required ? "!" : "";
  return is_list() ? fmt::format("[{}]{}", element.front().text(), mark) : fmt::format("{}{}", name, mark);
}

const argument* selection::find_argument(std::string_view wanted) const {
  const auto found =
      std::find_if(arguments.begin(), arguments.end(), [&](const argument& a) { return a.name == wanted; });
  return found == arguments.end() ? nullptr : &*found;
}

const fragment* document::find_fragment(std::string_view name) const {
  const auto found =
      std::find_if(fragments.begin(), fragments.end(), [&](const fragment& f) { return f.name == name; });
  return found == fragments.end() ? nullptr : &*found;
}

engine::result<document> parse_document(std::string_view text) {
  auto tokens = read_tokens(text);
  if (!tokens) return tokens.error();
  return document_parser{std::move(*tokens)}.parse();
}

bool token_cursor::sees(std::string_view text) const {
  const auto& next = peek();
  return (next.kind == token_kind::punctuator || next.kind == token_kind::name) && next.text == text;
}

bool token_cursor::accept(std::string_view text) {
  if (failed() || !sees(text)) return false;
  ++next_;
  return true;
}

void token_cursor::expect(std::string_view text) {
  if (!accept(text)) fail(fmt::format("'{}'", text));
}

std::string token_cursor::expect_name() {
  if (!failed() && peek().kind == token_kind::name) return take().text;
  fail("a name");
  return {};
}

token token_cursor::take() {
  const auto taken = peek();
  if (!at_end()) ++next_;
  return taken;
}

void token_cursor::fail(std::string_view wanted) {
  if (failed()) return;
  const auto& next = peek();
  failure_ = fmt::format("line {}, column {}: {} expected, not '{}'", next.at.line, next.at.column, wanted,
                         next.text);
}

type_ref token_cursor::read_type() {
  type_ref read;
  if (accept("[")) {
    if (++depth_ > limits::json_depth_max) fail("less nesting");
    if (!failed()) read.element.push_back(read_type());
    --depth_;
    expect("]");
  } else {
    read.name = expect_name();
  }
  read.required = accept("!");
  return read;
}

literal token_cursor::read_literal() {
  literal read;
  read.at = peek().at;
  if (++depth_ > limits::json_depth_max) fail("less nesting");
  if (accept("$")) {
    read.is = literal::kind::variable;
    read.text = expect_name();
  } else if (accept("[")) {
    read.is = literal::kind::list;
    while (!failed() && !accept("]"))
      read.items.push_back(read_literal());
  } else if (accept("{")) {
    read.is = literal::kind::object;
    while (!failed() && !accept("}")) {
      auto name = expect_name();
      expect(":");
      read.members.emplace_back(std::move(name), read_literal());
    }
  } else {
    auto scalar = take();
    read.text = std::move(scalar.text);
    if (scalar.kind == token_kind::name)
      read.is = kind_of_name(read.text);
    else if (scalar.kind == token_kind::integer)
      read.is = literal::kind::integer;
    else if (scalar.kind == token_kind::floating)
      read.is = literal::kind::floating;
    else if (scalar.kind == token_kind::text)
      read.is = literal::kind::text;
    else
      fail("a value");
  }
  --depth_;
  return read;
}

std::vector<argument> token_cursor::read_arguments() {
  std::vector<argument> read;
  if (!accept("(")) return read;
  while (!failed() && !accept(")")) {
    argument next;
    next.at = peek().at;
    next.name = expect_name();
    expect(":");
    next.value = read_literal();
    read.push_back(std::move(next));
  }
  return read;
}

std::vector<directive_use> token_cursor::read_directives() {
  std::vector<directive_use> read;
  while (!failed() && sees("@")) {
    directive_use next;
    next.at = peek().at;
    expect("@");
    next.name = expect_name();
    next.arguments = read_arguments();
    read.push_back(std::move(next));
  }
  return read;
}

} // namespace lockstep::adapters::sandbox
