#include "app/import/export_catalogue.hpp"

#include "app/csv.hpp"
#include "app/import/field_text.hpp"
#include "app/import/product_column.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::app {

namespace json = boost::json;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr auto products_target = "/v1/products?limit=500";
constexpr auto stock_target = "/v1/stock?limit=500&locations=true";

// A member as text; empty when it is missing.
std::string member_of(const json::value& of, std::string_view name) {
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  if (found == nullptr) return {};
  return found->is_string() ? std::string{found->as_string()} : json::serialize(*found);
}

const json::array& array_of(const json::value& of, std::string_view name) {
  static const json::array none;
  const auto* object = of.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_array() ? found->as_array() : none;
}

bool is_known(const json::value& stock) {
  return member_of(stock, "known") == "true";
}

// Units on hand in a location; empty: it has never held any.
std::string on_hand_at(const json::value& stock, std::string_view location) {
  for (const auto& each : array_of(stock, "locations"))
    if (member_of(each, "location") == location) return member_of(each, "on_hand");
  return location == "main" && is_known(stock) && array_of(stock, "locations").empty() ? "0" : "";
}

std::string identifiers_text(const json::value& product, std::string_view scheme) {
  std::vector<std::string> values;
  for (const auto& each : array_of(product, "identifiers"))
    if (member_of(each, "scheme") == scheme) values.push_back(member_of(each, "value"));
  return field_of_all(values);
}

std::string tags_text(const json::value& product) {
  std::vector<std::string> tags;
  for (const auto& each : array_of(product, "tags"))
    if (each.is_string()) tags.emplace_back(each.as_string());
  return field_of_all(tags);
}

std::vector<std::string> rule_columns(std::vector<std::string> after) {
  for (const auto* name : {"buffer", "buffer_percent", "cap", "minimum", "share", "sells", "sells_ahead"})
    after.emplace_back(name);
  return after;
}

class exporter {
 public:
  exporter(api_client& api, export_format as, const export_sink& write) : api_(api), as_(as), write_(write) {}

  [[nodiscard]] result<void> products();
  [[nodiscard]] result<void> listings();
  [[nodiscard]] result<void> stock();
  [[nodiscard]] result<void> bundles();
  [[nodiscard]] result<void> rules();

  [[nodiscard]] std::size_t written() const { return written_; }

 private:
  using fields = std::vector<std::string>;

  [[nodiscard]] result<void> find_columns();
  [[nodiscard]] result<void> put(const fields& of);
  [[nodiscard]] result<void> put(const json::value& of);
  [[nodiscard]] result<void> put_header(const fields& names);
  [[nodiscard]] result<void> put_text(const std::string& text);
  [[nodiscard]] result<void> put_product(const json::value& product, const json::value& stock);
  // The named members of an object as a line, or the object itself.
  [[nodiscard]] result<void> put_members(const json::value& of, const fields& names);
  [[nodiscard]] result<void> put_counts(const json::value& stock);
  [[nodiscard]] result<void> put_bundle(const json::value& product);
  // Calls put(element) for all elements of a list, as long as that goes well.
  [[nodiscard]] result<void> each(const char* target, std::string_view list,
                                  const std::function<result<void>(const json::value&)>& put);

  api_client& api_;
  const export_format as_;
  const export_sink& write_;
  std::vector<std::string> schemes_{"upc", "ean", "gtin", "asin", "walmart_item_id"};
  std::vector<std::string> locations_; // beside main
  std::size_t written_ = 0;
};

result<void> exporter::put_text(const std::string& text) {
  if (write_(text)) return {};
  return make_error(error_code::unavailable, "the file cannot be written");
}

result<void> exporter::put(const fields& of) {
  ++written_;
  return put_text(csv_line(of));
}

result<void> exporter::put(const json::value& of) {
  ++written_;
  return put_text(json::serialize(of) + '\n');
}

result<void> exporter::put_header(const fields& names) {
  if (as_ == export_format::ndjson) return {};
  return put_text(csv_line(names));
}

result<void> exporter::each(const char* target, std::string_view list,
                            const std::function<result<void>(const json::value&)>& put) {
  api_list all{api_, target, list};
  for (;;) {
    const auto element = all.next();
    if (!element) return element.error();
    if (*element == nullptr) return {};
    if (auto done = put(**element); !done) return done;
  }
}

// Ours always, in their usual order; then what else there is.
result<void> exporter::find_columns() {
  const auto usual = static_cast<std::ptrdiff_t>(schemes_.size());
  const auto read = each(products_target, "products", [&](const json::value& product) -> result<void> {
    for (const auto& one : array_of(product, "identifiers"))
      if (auto scheme = member_of(one, "scheme"); std::ranges::find(schemes_, scheme) == schemes_.end())
        schemes_.push_back(std::move(scheme));
    return {};
  });
  if (!read) return read;
  std::sort(schemes_.begin() + usual, schemes_.end());
  return each("/v1/locations", "locations", [&](const json::value& location) -> result<void> {
    if (auto code = member_of(location, "location"); code != "main") locations_.push_back(std::move(code));
    return {};
  });
}

// Both lists come in the order of the codes; a product that is new since its page was read is only in one.
result<void> exporter::products() {
  if (as_ == export_format::csv)
    if (auto found = find_columns(); !found) return found;
  fields names{"sku", "title", "tags"};
  std::ranges::transform(schemes_, std::back_inserter(names), column_of_scheme);
  names.push_back("on_hand");
  for (const auto& code : locations_)
    names.push_back(std::string{on_hand_prefix} + code);
  names.insert(names.end(), {"reserved", "available"});
  if (auto put = put_header(names); !put) return put;
  api_list counted{api_, stock_target, "stock"};
  auto stock = counted.next();
  return each(products_target, "products", [&](const json::value& product) -> result<void> {
    const auto sku = member_of(product, "sku");
    while (stock && *stock != nullptr && member_of(**stock, "sku") < sku)
      stock = counted.next();
    if (!stock) return stock.error();
    const bool same = *stock != nullptr && member_of(**stock, "sku") == sku;
    return put_product(product, same ? **stock : json::value{});
  });
}

result<void> exporter::put_product(const json::value& product, const json::value& stock) {
  const bool known = is_known(stock);
  const auto figure = [&](std::string_view name) { return known ? member_of(stock, name) : std::string{}; };
  if (as_ == export_format::ndjson) {
    json::object line{{"sku", member_of(product, "sku")},
                      {"title", member_of(product, "title")},
                      {"identifiers", array_of(product, "identifiers")},
                      {"tags", array_of(product, "tags")}};
    line["on_hand"] = known ? stock.at("on_hand") : json::value(nullptr);
    for (const auto* name : {"reserved", "available"})
      line[name] = known ? stock.at(name) : json::value(0);
    return put(json::value{std::move(line)});
  }
  fields line{field_of(member_of(product, "sku")), member_of(product, "title"), tags_text(product)};
  for (const auto& scheme : schemes_)
    line.push_back(identifiers_text(product, scheme));
  line.push_back(on_hand_at(stock, "main"));
  for (const auto& code : locations_)
    line.push_back(on_hand_at(stock, code));
  line.push_back(figure("reserved"));
  line.push_back(figure("available"));
  return put(line);
}

result<void> exporter::put_members(const json::value& of, const fields& names) {
  if (as_ == export_format::ndjson) return put(of);
  fields line;
  for (const auto& name : names)
    line.push_back(field_of(member_of(of, name)));
  return put(line);
}

result<void> exporter::listings() {
  const auto names = rule_columns({"account", "item", "sku", "variant", "location"});
  if (auto put = put_header(names); !put) return put;
  return each(products_target, "products", [&](const json::value& product) -> result<void> {
    for (const auto& listing : array_of(product, "listings"))
      if (auto put = put_members(listing, names); !put) return put;
    return {};
  });
}

result<void> exporter::rules() {
  const auto names = rule_columns({"account", "tag"});
  if (auto put = put_header(names); !put) return put;
  return each("/v1/rules", "rules", [&](const json::value& rule) { return put_members(rule, names); });
}

result<void> exporter::stock() {
  if (auto put = put_header({"sku", "location", "counted"}); !put) return put;
  return each(stock_target, "stock", [&](const json::value& of) { return put_counts(of); });
}

result<void> exporter::put_counts(const json::value& stock) {
  if (!is_known(stock)) return {};
  const auto sku = member_of(stock, "sku");
  const auto put_one = [&](const std::string& location, const json::value& counted) {
    if (as_ == export_format::csv)
      return put(fields{field_of(sku), field_of(location), json::serialize(counted)});
    return put(json::value{{"sku", sku}, {"location", location}, {"counted", counted}});
  };
  const auto& locations = array_of(stock, "locations");
  if (locations.empty()) return put_one("main", 0);
  for (const auto& one : locations)
    if (auto put = put_one(member_of(one, "location"), one.at("on_hand")); !put) return put;
  return {};
}

result<void> exporter::bundles() {
  if (auto put = put_header({"sku", "component", "units"}); !put) return put;
  return each(products_target, "products", [&](const json::value& product) { return put_bundle(product); });
}

result<void> exporter::put_bundle(const json::value& product) {
  const auto sku = member_of(product, "sku");
  const auto& components = array_of(product, "components");
  if (components.empty()) return {};
  if (as_ == export_format::ndjson) return put(json::value{{"sku", sku}, {"components", components}});
  for (const auto& one : components)
    if (auto put = this->put(fields{field_of(sku), field_of(member_of(one, "sku")), member_of(one, "units")});
        !put)
      return put;
  return {};
}

} // namespace

result<std::size_t> export_catalogue(api_client& api, import_layout what, export_format as,
                                     const export_sink& write) {
  exporter out{api, as, write};
  result<void> done;
  switch (what) {
  case import_layout::listings: done = out.listings(); break;
  case import_layout::stock: done = out.stock(); break;
  case import_layout::bundles: done = out.bundles(); break;
  case import_layout::rules: done = out.rules(); break;
  default: done = out.products(); break;
  }
  if (!done) return done.error();
  return out.written();
}

} // namespace lockstep::app
