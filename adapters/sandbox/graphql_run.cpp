#include "adapters/sandbox/graphql_run.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lockstep::adapters::sandbox {

namespace {

namespace json = boost::json;

json::value evaluate(const literal& from, const json::object& variables);

json::value evaluate_number(const literal& from) {
  std::int64_t number = 0;
  std::from_chars(from.text.data(), from.text.data() + from.text.size(), number);
  return number;
}

json::value evaluate(const literal& from, const json::object& variables) {
  switch (from.is) {
  case literal::kind::variable: {
    const auto* value = variables.if_contains(from.text);
    return value ? *value : json::value{};
  }
  case literal::kind::null: return nullptr;
  case literal::kind::integer: return evaluate_number(from);
  case literal::kind::boolean: return from.text == "true";
  case literal::kind::floating:
  case literal::kind::text:
  case literal::kind::enumerator: return json::value(from.text);
  case literal::kind::list: {
    json::array list;
    for (const auto& item : from.items)
      list.push_back(evaluate(item, variables));
    return list;
  }
  case literal::kind::object: {
    json::object object;
    for (const auto& [name, member] : from.members)
      object[name] = evaluate(member, variables);
    return object;
  }
  }
  return nullptr;
}

class runner {
 public:
  runner(const document& asked, const schema& against, const json::object& variables, std::size_t& objects)
      : asked_(asked), schema_(against), variables_(variables), objects_(objects) {}

  json::object run(const std::vector<selection>& selections, const graphql_object& on) {
    json::object shaped;
    ++objects_;
    run_into(selections, on, shaped);
    return shaped;
  }

 private:
  void run_into(const std::vector<selection>& selections, const graphql_object& on, json::object& shaped) {
    for (const auto& one : selections) {
      if (one.is == selection::kind::field) {
        shaped[one.alias] = one.name == "__typename"
                                ? json::value(json::string_view{on.type.data(), on.type.size()})
                                : shape(one, on.resolve(one, read_arguments(one, variables_)));
        continue;
      }
      const auto* fragment = one.is == selection::kind::spread ? asked_.find_fragment(one.name) : nullptr;
      const auto& condition = fragment ? fragment->on : one.on;
      if (condition.empty() || schema_.is_a(on.type, condition))
        run_into(fragment ? fragment->selections : one.selections, on, shaped);
    }
  }

  json::value shape(const selection& field, const graphql_value& value) {
    if (const auto* leaf = std::get_if<json::value>(&value.is)) return *leaf;
    if (const auto* object = std::get_if<std::shared_ptr<const graphql_object>>(&value.is))
      return run(field.selections, **object);
    json::array list;
    for (const auto& item : std::get<std::vector<graphql_value>>(value.is))
      list.push_back(shape(field, item));
    return list;
  }

  const document& asked_;
  const schema& schema_;
  const json::object& variables_;
  std::size_t& objects_;
};

class cost_estimate {
 public:
  cost_estimate(const document& asked, const schema& against, const json::object& variables)
      : asked_(asked), schema_(against), variables_(variables) {}

  double of(const operation& operation) const {
    const auto* root = schema_.root(operation.mutation);
    if (!operation.mutation) return std::max(of(operation.selections, *root, 0), 1.0);
    return of_mutations(operation.selections);
  }

 private:
  static constexpr double mutation_points = 10; // as recorded
  static constexpr double changes_points = 3;   // the same with the changes it made
  static constexpr std::size_t depth_max = 32;

  double of_mutations(const std::vector<selection>& selections) const {
    double points = 0;
    for (const auto& one : selections)
      points += mutation_points + (asks_for_changes(one) ? changes_points : 0);
    return points;
  }

  static bool asks_for_changes(const selection& in) {
    return in.name == "changes" || std::any_of(in.selections.begin(), in.selections.end(), asks_for_changes);
  }

  double of(const std::vector<selection>& selections, const schema_type& parent, std::size_t depth) const {
    if (depth > depth_max) return 0;
    double points = 0;
    for (const auto& one : selections) {
      if (one.is == selection::kind::field) {
        points += of_field(one, parent, depth);
        continue;
      }
      const auto* fragment = one.is == selection::kind::spread ? asked_.find_fragment(one.name) : nullptr;
      const auto* type = schema_.find(fragment ? fragment->on : one.on.empty() ? parent.name : one.on);
      if (type) points += of(fragment ? fragment->selections : one.selections, *type, depth + 1);
    }
    return points;
  }

  double of_field(const selection& field, const schema_type& parent, std::size_t depth) const {
    const auto* known = parent.find(field.name);
    const auto* type = known ? schema_.find(known->type.base()) : nullptr;
    if (!type || !type->is_composite() || type->name == "PageInfo") return 0;
    const auto inside = of(field.selections, *type, depth + 1);
    const auto arguments = read_arguments(field, variables_);
    if (const auto* ids = arguments.if_contains("ids"); ids && ids->is_array())
      return static_cast<double>(ids->get_array().size()) * (1 + inside);
    if (type->name.ends_with("Connection")) return weight(arguments) * inside;
    if (arguments.contains("first")) return weight(arguments) * (1 + inside);
    return 1 + inside;
  }

  // A list of n costs less than n elements: 250 cost about 12, 50 about 9, 5 about 4.
  static double weight(const json::object& arguments) {
    const auto* first = arguments.if_contains("first");
    const double count = first && first->is_int64() ? static_cast<double>(first->get_int64()) : 50;
    return count <= 1 ? 1 : std::ceil(1.5 * std::log2(count));
  }

  const document& asked_;
  const schema& schema_;
  const json::object& variables_;
};

} // namespace

graphql_value::graphql_value(graphql_object object)
    : is(std::make_shared<const graphql_object>(std::move(object))) {}

json::object read_arguments(const selection& field, const json::object& variables) {
  json::object values;
  for (const auto& given : field.arguments) {
    if (given.value.is == literal::kind::variable && !variables.contains(given.value.text)) continue;
    values[given.name] = evaluate(given.value, variables);
  }
  return values;
}

json::object run_selections(const document& asked, const schema& against,
                            const std::vector<selection>& selections, const graphql_object& on,
                            const json::object& variables, std::size_t& objects) {
  return runner{asked, against, variables, objects}.run(selections, on);
}

double estimate_cost(const document& asked, const schema& against, const operation& operation,
                     const json::object& variables) {
  return cost_estimate{asked, against, variables}.of(operation);
}

} // namespace lockstep::adapters::sandbox
