#include "adapters/sandbox/graphql_schema.hpp"

#include <algorithm>

namespace lockstep::adapters::sandbox {

class schema_parser {
 public:
  explicit schema_parser(std::vector<token> tokens) : from_(std::move(tokens)) {}

  engine::result<schema> parse() {
    for (const auto* scalar : {"Int", "Float", "String", "Boolean", "ID"})
      read_.types_[scalar] = {schema_type::kind::scalar, scalar, {}, {}};
    while (!from_.at_end() && !from_.failed())
      read_definition();
    if (from_.failed()) return from_.failure();
    return std::move(read_);
  }

 private:
  void skip_description() {
    while (from_.peek().kind == token_kind::text)
      static_cast<void>(from_.take());
  }

  void read_definition() {
    skip_description();
    if (from_.at_end()) return;
    if (from_.accept("schema")) return read_roots();
    if (from_.accept("directive")) return read_directive();
    if (from_.accept("scalar")) return add(read_head(schema_type::kind::scalar));
    if (from_.accept("type")) return read_fields(schema_type::kind::object);
    if (from_.accept("interface")) return read_fields(schema_type::kind::interface);
    if (from_.accept("input")) return read_fields(schema_type::kind::input);
    if (from_.accept("union")) return read_union();
    if (from_.accept("enum")) return read_enum();
    from_.fail("a definition");
  }

  void add(schema_type type) {
    auto name = type.name;
    read_.types_.insert_or_assign(std::move(name), std::move(type));
  }

  // Name, interfaces and directives of a type.
  schema_type read_head(schema_type::kind kind) {
    schema_type type;
    type.is = kind;
    type.name = from_.expect_name();
    if (from_.accept("implements")) {
      static_cast<void>(from_.accept("&"));
      do
        type.names.push_back(from_.expect_name());
      while (from_.accept("&"));
    }
    static_cast<void>(from_.read_directives());
    return type;
  }

  void read_roots() {
    static_cast<void>(from_.read_directives());
    from_.expect("{");
    while (!from_.failed() && !from_.accept("}")) {
      const auto kind = from_.expect_name();
      from_.expect(":");
      auto name = from_.expect_name();
      if (kind == "query")
        read_.query_ = std::move(name);
      else if (kind == "mutation")
        read_.mutation_ = std::move(name);
    }
  }

  void read_directive() {
    from_.expect("@");
    const auto name = from_.expect_name();
    schema_directive directive;
    directive.arguments = read_arguments();
    static_cast<void>(from_.accept("repeatable"));
    from_.expect("on");
    static_cast<void>(from_.accept("|"));
    do
      directive.locations.push_back(from_.expect_name());
    while (from_.accept("|"));
    read_.directives_.emplace(name, std::move(directive));
  }

  void read_fields(schema_type::kind kind) {
    auto type = read_head(kind);
    from_.expect("{");
    while (!from_.failed() && !from_.accept("}")) {
      skip_description();
      auto name = from_.expect_name();
      schema_field field;
      field.arguments = read_arguments();
      from_.expect(":");
      field.type = from_.read_type();
      if (from_.accept("=")) {
        static_cast<void>(from_.read_literal());
        field.has_default = true;
      }
      for (const auto& directive : from_.read_directives())
        field.deprecated |= directive.name == "deprecated";
      type.fields.emplace(std::move(name), std::move(field));
    }
    add(std::move(type));
  }

  std::map<std::string, schema_argument, std::less<>> read_arguments() {
    std::map<std::string, schema_argument, std::less<>> arguments;
    if (!from_.accept("(")) return arguments;
    while (!from_.failed() && !from_.accept(")")) {
      skip_description();
      auto name = from_.expect_name();
      schema_argument argument;
      from_.expect(":");
      argument.type = from_.read_type();
      if (from_.accept("=")) {
        static_cast<void>(from_.read_literal());
        argument.has_default = true;
      }
      static_cast<void>(from_.read_directives());
      arguments.emplace(std::move(name), std::move(argument));
    }
    return arguments;
  }

  void read_union() {
    auto type = read_head(schema_type::kind::union_);
    from_.expect("=");
    static_cast<void>(from_.accept("|"));
    do
      type.names.push_back(from_.expect_name());
    while (from_.accept("|"));
    add(std::move(type));
  }

  void read_enum() {
    auto type = read_head(schema_type::kind::enum_);
    from_.expect("{");
    while (!from_.failed() && !from_.accept("}")) {
      skip_description();
      type.names.push_back(from_.expect_name());
      static_cast<void>(from_.read_directives());
    }
    add(std::move(type));
  }

  token_cursor from_;
  schema read_;
};

const schema_field* schema_type::find(std::string_view field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? nullptr : &found->second;
}

engine::result<schema> schema::parse(std::string_view sdl) {
  auto tokens = read_tokens(sdl);
  if (!tokens) return tokens.error();
  return schema_parser{std::move(*tokens)}.parse();
}

const schema_type* schema::find(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

const schema_directive* schema::find_directive(std::string_view name) const {
  const auto found = directives_.find(name);
  return found == directives_.end() ? nullptr : &found->second;
}

bool schema::is_a(std::string_view object, std::string_view condition) const {
  if (object == condition) return true;
  const auto names = [&](std::string_view type, std::string_view wanted) {
    const auto* found = find(type);
    return found && std::find(found->names.begin(), found->names.end(), wanted) != found->names.end();
  };
  const auto* wanted = find(condition);
  if (!wanted) return false;
  return wanted->is == schema_type::kind::union_ ? names(condition, object) : names(object, condition);
}

} // namespace lockstep::adapters::sandbox
