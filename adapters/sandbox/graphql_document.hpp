// An executable GraphQL document as a tree, with the place of everything that errors speak of.
#pragma once

#include "adapters/sandbox/graphql_lexer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::adapters::sandbox {

// "ID", "ID!", "[ID!]!".
struct type_ref {
  std::string name;              // empty for a list
  std::vector<type_ref> element; // one entry for a list
  bool required = false;

  [[nodiscard]] bool is_list() const { return !element.empty(); }

  [[nodiscard]] const std::string& base() const { return is_list() ? element.front().base() : name; }

  [[nodiscard]] std::string text() const;
};

struct literal {
  enum class kind : std::uint8_t {
    variable,
    null,
    integer,
    floating,
    text,
    boolean,
    enumerator,
    list,
    object
  };
  kind is = kind::null;
  std::string text; // of a variable: its name; of scalars: as written
  std::vector<literal> items;
  std::vector<std::pair<std::string, literal>> members;
  position at;
};

struct argument {
  std::string name;
  literal value;
  position at;
};

struct directive_use {
  std::string name;
  std::vector<argument> arguments;
  position at;
};

struct selection {
  enum class kind : std::uint8_t { field, spread, inline_fragment };
  kind is = kind::field;
  std::string alias; // response key; the name when there is no alias
  std::string name;  // of the field, or of the fragment spread
  std::string on;    // type condition of an inline fragment; may be empty
  std::vector<argument> arguments;
  std::vector<directive_use> directives;
  std::vector<selection> selections;
  position at;

  [[nodiscard]] const argument* find_argument(std::string_view wanted) const;
};

struct variable_definition {
  std::string name;
  type_ref type;
  std::optional<literal> fallback;
  position at;
};

struct operation {
  bool mutation = false;
  std::string name;
  std::vector<variable_definition> variables;
  std::vector<directive_use> directives;
  std::vector<selection> selections;
  position at;
};

struct fragment {
  std::string name;
  std::string on;
  std::vector<selection> selections;
  position at;
};

struct document {
  std::vector<operation> operations;
  std::vector<fragment> fragments;

  [[nodiscard]] const fragment* find_fragment(std::string_view name) const;
};

// error_code::malformed with line and column. Nesting is bounded by limits::json_depth_max.
[[nodiscard]] engine::result<document> parse_document(std::string_view text);

// Shared with the schema reader: a cursor over tokens that fails once and stays failed.
class token_cursor {
 public:
  explicit token_cursor(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const token& peek() const { return tokens_[next_]; }

  [[nodiscard]] bool at_end() const { return peek().kind == token_kind::end; }

  [[nodiscard]] bool sees(std::string_view text) const; // a punctuator or name
  bool accept(std::string_view text);
  void expect(std::string_view text);
  std::string expect_name();
  token take();
  void fail(std::string_view wanted);

  [[nodiscard]] bool failed() const { return failure_.has_value(); }

  [[nodiscard]] engine::error failure() const {
    return engine::make_error(engine::error_code::malformed, *failure_);
  }

  type_ref read_type();
  literal read_literal();
  std::vector<directive_use> read_directives();
  std::vector<argument> read_arguments();

 private:
  std::vector<token> tokens_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  std::optional<std::string> failure_;
};

} // namespace lockstep::adapters::sandbox
