#include "adapters/sandbox/graphql_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

// Walks one operation with the types of the schema beside it.
class document_checker {
 public:
  document_checker(const document& asked, const schema& against, std::vector<graphql_error>& errors)
      : asked_(asked), schema_(against), errors_(errors) {}

  void check(const operation& operation) {
    operation_ = &operation;
    path_ = {(operation.mutation ? "mutation" : "query") +
             (operation.name.empty() ? "" : " " + operation.name)};
    check_directives(operation.directives, operation.mutation ? "MUTATION" : "QUERY",
                     operation.mutation ? "mutations" : "queries");
    for (const auto& variable : operation.variables)
      check_definition(variable);
    if (const auto* root = schema_.root(operation.mutation)) check_selections(operation.selections, *root);
    for (const auto& variable : operation.variables)
      check_used(variable);
    for (const auto& fragment : asked_.fragments)
      check_used(fragment);
  }

 private:
  void report(std::string message, position at, std::string code, json::object more = {}) {
    json::array path;
    for (const auto& step : path_)
      path.push_back(json::value(step));
    errors_.push_back({std::move(message), {at}, std::move(code), std::move(more), std::move(path)});
  }

  void check_definition(const variable_definition& variable) {
    const auto* type = schema_.find(variable.type.base());
    if (type && !type->is_composite()) return;
    report(fmt::format("{} isn't a valid input type (on ${})", variable.type.base(), variable.name),
           variable.at, "variableRequiresValidType",
           {{"typeName", variable.type.base()}, {"variableName", variable.name}});
  }

  void check_used(const variable_definition& variable) {
    if (used_variables_.contains(variable.name)) return;
    report(fmt::format("Variable ${} is declared by {} but not used", variable.name, operation_->name),
           variable.at, "variableNotUsed", {{"variableName", variable.name}});
  }

  void check_used(const fragment& fragment) {
    if (used_fragments_.contains(fragment.name)) return;
    report(fmt::format("Fragment {} was defined, but not used", fragment.name), fragment.at,
           "useAndDefineFragment", {{"fragmentName", fragment.name}});
  }

  void check_selections(const std::vector<selection>& selections, const schema_type& parent) {
    for (const auto& one : selections) {
      switch (one.is) {
      case selection::kind::field: check_field(one, parent); break;
      case selection::kind::spread: check_spread(one); break;
      case selection::kind::inline_fragment: check_inline(one, parent); break;
      }
    }
  }

  void check_spread(const selection& spread) {
    const auto* fragment = asked_.find_fragment(spread.name);
    if (!fragment)
      return report(fmt::format("Fragment {} was used, but not defined", spread.name), spread.at,
                    "useAndDefineFragment", {{"fragmentName", spread.name}});
    used_fragments_.insert(spread.name);
    if (!open_fragments_.insert(spread.name).second)
      return report(fmt::format("Fragment {} contains an infinite loop", spread.name), spread.at,
                    "infiniteLoop", {{"fragmentName", spread.name}});
    check_condition(fragment->on, fragment->at, fragment->selections);
    open_fragments_.erase(spread.name);
  }

  void check_inline(const selection& fragment, const schema_type& parent) {
    check_condition(fragment.on.empty() ? parent.name : fragment.on, fragment.at, fragment.selections);
  }

  void check_condition(const std::string& on, position at, const std::vector<selection>& selections) {
    const auto* type = schema_.find(on);
    if (!type || !type->is_composite())
      return report(fmt::format("No such type {}, so it can't be a fragment condition", on), at,
                    "undefinedType", {{"typeName", on}});
    check_selections(selections, *type);
  }

  void check_field(const selection& asked, const schema_type& parent) {
    path_.push_back(asked.alias);
    check_known_field(asked, parent);
    path_.pop_back();
  }

  void check_known_field(const selection& asked, const schema_type& parent) {
    check_directives(asked.directives, "FIELD", "fields");
    if (asked.name == "__typename") return;
    const auto* field = parent.has_fields() ? parent.find(asked.name) : nullptr;
    if (!field)
      return report(fmt::format("Field '{}' doesn't exist on type '{}'", asked.name, parent.name), asked.at,
                    "undefinedField", {{"typeName", parent.name}, {"fieldName", asked.name}});
    check_arguments(asked.arguments, field->arguments, "Field", asked.name, asked.at);
    const auto* type = schema_.find(field->type.base());
    if (!type) return;
    if (type->is_composite() == asked.selections.empty()) return report_mismatch(asked, *field);
    if (type->is_composite()) check_selections(asked.selections, *type);
  }

  void report_mismatch(const selection& asked, const schema_field& field) {
    const bool missing = asked.selections.empty();
    report(missing
               ? fmt::format(
                     "Field must have selections (field '{0}' returns {1} but has no selections. Did you "
                     "mean '{0} {{ ... }}'?)",
                     asked.name, field.type.base())
               : fmt::format("Selections can't be made on scalars (field '{}' returns {} but has selections)",
                             asked.name, field.type.base()),
           asked.at, "selectionMismatch", {{"nodeName", fmt::format("field '{}'", asked.name)}});
  }

  void check_directives(const std::vector<directive_use>& directives, std::string_view location,
                        std::string_view target) {
    for (const auto& used : directives) {
      if (used.name == "include" || used.name == "skip") continue;
      const auto* known = schema_.find_directive(used.name);
      if (!known) {
        report(fmt::format("Directive @{} is not defined", used.name), used.at, "undefinedDirective",
               {{"directiveName", used.name}});
      } else if (std::find(known->locations.begin(), known->locations.end(), location) ==
                 known->locations.end()) {
        report(fmt::format("'@{}' can't be applied to {} (allowed: fields)", used.name, target), used.at,
               "directiveCannotBeApplied", {{"targetName", std::string{target}}, {"name", used.name}});
        use_variables(used.arguments);
      } else {
        check_arguments(used.arguments, known->arguments, "Directive", used.name, used.at);
      }
    }
  }

  void use_variables(const std::vector<argument>& arguments) {
    for (const auto& given : arguments)
      use_variables(given.value);
  }

  void use_variables(const literal& value) {
    if (value.is == literal::kind::variable) used_variables_.insert(value.text);
    for (const auto& item : value.items)
      use_variables(item);
    for (const auto& [name, member] : value.members)
      use_variables(member);
  }

  template <class Arguments>
  void check_arguments(const std::vector<argument>& given, const Arguments& known, std::string_view what,
                       const std::string& name, position at) {
    for (const auto& one : given) {
      use_variables(one.value);
      const auto found = known.find(one.name);
      if (found == known.end())
        report(fmt::format("{} '{}' doesn't accept argument '{}'", what, name, one.name), one.at,
               "argumentNotAccepted",
               {{"name", name}, {"typeName", std::string{what}}, {"argumentName", one.name}});
      else
        check_value(one, found->second.type);
    }
    for (const auto& [wanted, argument] : known) {
      if (!argument.type.required || argument.has_default) continue;
      if (std::none_of(given.begin(), given.end(), [&](const auto& one) { return one.name == wanted; }))
        report(fmt::format("{} '{}' is missing required arguments: {}", what, name, wanted), at,
               "missingRequiredArguments",
               {{"className", std::string{what}}, {"name", name}, {"arguments", wanted}});
    }
  }

  void check_value(const argument& given, const type_ref& wanted) {
    if (given.value.is == literal::kind::variable) return check_variable(given, wanted);
    if (fits(given.value, wanted)) return;
    report(fmt::format("Argument '{}' has an invalid value. Expected type '{}'.", given.name, wanted.text()),
           given.at, "argumentLiteralsIncompatible", {{"argumentName", given.name}});
  }

  void check_variable(const argument& given, const type_ref& wanted) {
    const auto& variables = operation_->variables;
    const auto found = std::find_if(variables.begin(), variables.end(),
                                    [&](const variable_definition& v) { return v.name == given.value.text; });
    if (found == variables.end())
      return report(
          fmt::format("Variable ${} is used by {} but not declared", given.value.text, operation_->name),
          given.value.at, "variableNotDefined", {{"variableName", given.value.text}});
    if (accepts(wanted, found->type, found->fallback.has_value())) return;
    report(fmt::format("Type mismatch on variable ${} and argument {} ({} / {})", found->name, given.name,
                       found->type.text(), wanted.text()),
           given.value.at, "variableMismatch", {{"variableName", found->name}, {"argumentName", given.name}});
  }

  // A variable of type `given` may stand where `wanted` is.
  static bool accepts(const type_ref& wanted, const type_ref& given, bool has_default) {
    if (wanted.required && !given.required && !has_default) return false;
    if (wanted.is_list() != given.is_list()) return false;
    return wanted.is_list() ? accepts(wanted.element.front(), given.element.front(), false)
                            : wanted.name == given.name;
  }

  // Literals are checked by their kind; what is inside an input object is left to the variables we use
  // instead.
  bool fits(const literal& value, const type_ref& wanted) const {
    if (value.is == literal::kind::null) return !wanted.required;
    if (wanted.is_list()) {
      if (value.is != literal::kind::list) return fits(value, wanted.element.front());
      return std::all_of(value.items.begin(), value.items.end(),
                         [&](const literal& item) { return fits(item, wanted.element.front()); });
    }
    const auto* type = schema_.find(wanted.name);
    if (!type) return true;
    switch (value.is) {
    case literal::kind::integer:
      return wanted.name != "String" && wanted.name != "Boolean" && type->is == schema_type::kind::scalar;
    case literal::kind::floating:
      return wanted.name == "Float" || wanted.name == "Decimal" || wanted.name == "Money";
    case literal::kind::text:
      return type->is == schema_type::kind::scalar && wanted.name != "Int" && wanted.name != "Boolean";
    case literal::kind::boolean: return wanted.name == "Boolean";
    case literal::kind::enumerator:
      return type->is == schema_type::kind::enum_ &&
             std::find(type->names.begin(), type->names.end(), value.text) != type->names.end();
    case literal::kind::object: return type->is == schema_type::kind::input;
    default: return true;
    }
  }

  const document& asked_;
  const schema& schema_;
  std::vector<graphql_error>& errors_;
  const operation* operation_ = nullptr;
  std::vector<std::string> path_;
  std::set<std::string, std::less<>> used_variables_;
  std::set<std::string, std::less<>> used_fragments_;
  std::set<std::string, std::less<>> open_fragments_;
};

} // namespace

json::object graphql_error::to_json() const {
  json::array places;
  for (const auto& place : at)
    places.push_back({{"line", place.line}, {"column", place.column}});
  json::object extensions{{"code", code}};
  for (const auto& member : more)
    extensions[member.key()] = member.value();
  json::object error{
      {"message", message}, {"locations", std::move(places)}, {"extensions", std::move(extensions)}};
  if (!path.empty()) error["path"] = path;
  return error;
}

std::vector<graphql_error> check_document(const document& asked, const schema& against) {
  std::vector<graphql_error> errors;
  for (const auto& operation : asked.operations)
    document_checker{asked, against, errors}.check(operation);
  return errors;
}

} // namespace lockstep::adapters::sandbox
