// Values of variables against their types: one INVALID_VARIABLE error per variable, naming every problem in
// it.
#include "adapters/sandbox/graphql_check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

struct problem {
  json::array path;
  std::string explanation;
};

std::string shown(const json::value& value) {
  if (value.is_string()) return fmt::format("\"{}\"", std::string_view{value.get_string()});
  if (value.is_int64()) return fmt::to_string(value.get_int64());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  return "value";
}

class value_checker {
 public:
  explicit value_checker(const schema& against) : schema_(against) {}

  void check(const json::value& value, const type_ref& wanted) {
    if (value.is_null()) {
      if (wanted.required) report("Expected value to not be null");
    } else if (wanted.is_list()) {
      check_list(value, wanted.element.front());
    } else if (const auto* type = schema_.find(wanted.name)) {
      check_named(value, *type);
    }
  }

  std::vector<problem> problems;

 private:
  void report(std::string explanation) { problems.push_back({path_, std::move(explanation)}); }

  void check_at(json::value step, const json::value& value, const type_ref& wanted) {
    path_.push_back(std::move(step));
    check(value, wanted);
    path_.pop_back();
  }

  void check_list(const json::value& value, const type_ref& element) {
    const auto* list = value.if_array();
    if (!list) return check(value, element); // a single value stands for a list of one
    for (std::size_t i = 0; i < list->size(); ++i)
      check_at(static_cast<std::int64_t>(i), (*list)[i], element);
  }

  void check_named(const json::value& value, const schema_type& type) {
    if (type.is == schema_type::kind::input) return check_input(value, type);
    if (type.is == schema_type::kind::enum_) return check_enum(value, type);
    if (type.name == "Int") return check_int(value);
    if (type.name == "Boolean" && !value.is_bool()) return cannot_coerce(value, type.name);
    if (type.name == "String" && !value.is_string()) return cannot_coerce(value, type.name);
    if (type.name == "ID") return check_id(value);
  }

  void cannot_coerce(const json::value& value, std::string_view type) {
    report(fmt::format("Could not coerce value {} to {}", shown(value), type));
  }

  void check_int(const json::value& value) {
    const auto* number = value.if_int64();
    const bool fits = number && *number >= std::numeric_limits<std::int32_t>::min() &&
                      *number <= std::numeric_limits<std::int32_t>::max();
    if (!fits) cannot_coerce(value, "Int");
  }

  void check_id(const json::value& value) {
    const auto* text = value.if_string();
    if (!text) return cannot_coerce(value, "ID");
    const std::string_view id{text->data(), text->size()};
    const auto slash = id.rfind('/');
    const bool global = id.starts_with("gid://shopify/") && slash + 1 < id.size() &&
                        id.find_first_not_of("0123456789", slash + 1) == std::string_view::npos;
    if (!global) report(fmt::format("Invalid global id '{}'", id));
  }

  void check_enum(const json::value& value, const schema_type& type) {
    const auto* text = value.if_string();
    if (text && std::find(type.names.begin(), type.names.end(),
                          std::string_view{text->data(), text->size()}) != type.names.end())
      return;
    report(fmt::format("Expected {} to be one of: {}", shown(value), fmt::join(type.names, ", ")));
  }

  void check_input(const json::value& value, const schema_type& type) {
    const auto* object = value.if_object();
    if (!object) return cannot_coerce(value, type.name);
    for (const auto& member : *object) {
      const std::string_view name{member.key().data(), member.key().size()};
      if (const auto* field = type.find(name)) {
        check_at(json::value(member.key()), member.value(), field->type);
      } else {
        path_.push_back(json::value(member.key()));
        report(fmt::format("Field is not defined on {}", type.name));
        path_.pop_back();
      }
    }
    for (const auto& [name, field] : type.fields) {
      if (field.type.required && !field.has_default && !object->contains(name))
        check_at(json::value(name), nullptr, field.type);
    }
  }

  const schema& schema_;
  json::array path_;
};

std::string dotted(const json::array& path) {
  std::string text;
  for (const auto& step : path) {
    if (!text.empty()) text += '.';
    text += step.is_int64() ? fmt::to_string(step.get_int64()) : std::string{step.get_string()};
  }
  return text;
}

graphql_error make_error(const variable_definition& variable, const json::value& value,
                         const std::vector<problem>& problems) {
  std::vector<std::string> details;
  json::array listed;
  for (const auto& [path, explanation] : problems) {
    listed.push_back({{"path", path}, {"explanation", explanation}});
    details.push_back(path.empty() ? fmt::format("({})", explanation)
                                   : fmt::format("{} ({})", dotted(path), explanation));
  }
  const bool whole = problems.front().path.empty();
  return {fmt::format("Variable ${} of type {} was provided invalid value{}", variable.name,
                      variable.type.text(),
                      whole ? std::string{} : fmt::format(" for {}", fmt::join(details, ", "))),
          {variable.at},
          "INVALID_VARIABLE",
          {{"value", value}, {"problems", std::move(listed)}},
          {}};
}

} // namespace

std::vector<graphql_error> check_variables(const operation& asked, const schema& against,
                                           const json::object& given) {
  std::vector<graphql_error> errors;
  for (const auto& variable : asked.variables) {
    const auto* value = given.if_contains(variable.name);
    if (!value && (variable.fallback || !variable.type.required)) continue;
    const json::value missing;
    value_checker checker{against};
    checker.check(value ? *value : missing, variable.type);
    if (!checker.problems.empty())
      errors.push_back(make_error(variable, value ? *value : missing, checker.problems));
  }
  return errors;
}

} // namespace lockstep::adapters::sandbox
