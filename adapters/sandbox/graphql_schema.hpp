// A GraphQL schema, read from its SDL text: Shopify's full one (3.6 MB) or the part the sandbox serves.
#pragma once

#include "adapters/sandbox/graphql_document.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::sandbox {

struct schema_argument {
  type_ref type;
  bool has_default = false;
};

struct schema_field {
  type_ref type;
  std::map<std::string, schema_argument, std::less<>> arguments;
  bool deprecated = false;
  bool has_default = false; // of a member of an input
};

struct schema_type {
  enum class kind : std::uint8_t { scalar, object, interface, union_, enum_, input };
  kind is = kind::scalar;
  std::string name;
  std::map<std::string, schema_field, std::less<>> fields; // of an input: its members
  std::vector<std::string> names; // interfaces of an object, members of a union, values of an enum

  [[nodiscard]] bool has_fields() const { return is == kind::object || is == kind::interface; }

  [[nodiscard]] bool is_composite() const { return has_fields() || is == kind::union_; }

  [[nodiscard]] const schema_field* find(std::string_view field) const;
};

struct schema_directive {
  std::map<std::string, schema_argument, std::less<>> arguments;
  std::vector<std::string> locations; // "FIELD", "MUTATION", ...
};

class schema {
 public:
  [[nodiscard]] static engine::result<schema> parse(std::string_view sdl);

  [[nodiscard]] const schema_type* find(std::string_view name) const;
  [[nodiscard]] const schema_directive* find_directive(std::string_view name) const;

  [[nodiscard]] const schema_type* root(bool mutation) const { return find(mutation ? mutation_ : query_); }

  // True when an object of type `object` is a `condition` too (itself, its interface, or a union that has
  // it).
  [[nodiscard]] bool is_a(std::string_view object, std::string_view condition) const;

  [[nodiscard]] const std::map<std::string, schema_type, std::less<>>& types() const { return types_; }

 private:
  friend class schema_parser;
  std::map<std::string, schema_type, std::less<>> types_;
  std::map<std::string, schema_directive, std::less<>> directives_;
  std::string query_ = "Query";
  std::string mutation_ = "Mutation";
};

} // namespace lockstep::adapters::sandbox
