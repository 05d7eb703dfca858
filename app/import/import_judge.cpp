#include "app/import/import_judge.hpp"

#include "adapters/nearest.hpp"
#include "adapters/printable.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/import/field_text.hpp"
#include "app/import/product_column.hpp"
#include "app/whole_number.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::quantity;
using engine::result;

namespace {

using words = std::span<const std::string_view>;

struct layout_row {
  import_layout layout;
  words columns, required;
};

constexpr std::array<std::string_view, 12> product_columns{
    "sku",  "title",           "tags",    "upc",      "ean",      "gtin", "isbn",
    "asin", "walmart_item_id", "on_hand", "reserved", "available"};
constexpr std::array<std::string_view, 12> listing_columns{
    "account",        "item", "sku",     "variant", "location", "buffer",
    "buffer_percent", "cap",  "minimum", "share",   "sells",    "sells_ahead"};
constexpr std::array<std::string_view, 9> columns_of_rules{"account", "tag",   "buffer", "buffer_percent", "cap",
                                                       "minimum", "share", "sells",  "sells_ahead"};
constexpr std::array<std::string_view, 3> stock_columns{"sku", "location", "counted"};
constexpr std::array<std::string_view, 3> bundle_columns{"sku", "component", "units"};
constexpr std::array<std::string_view, 3> required_of_listings{"account", "item", "sku"};
constexpr std::array<std::string_view, 2> required_of_stock{"sku", "counted"};

constexpr std::array layouts{
    layout_row{import_layout::products, product_columns, {product_columns.data(), 1}},
    layout_row{import_layout::listings, listing_columns, required_of_listings},
    layout_row{import_layout::stock, stock_columns, required_of_stock},
    layout_row{import_layout::bundles, bundle_columns, bundle_columns},
    layout_row{import_layout::rules, columns_of_rules, {columns_of_rules.data(), 1}},
};

bool contains(words all, std::string_view word) {
  return std::ranges::find(all, word) != all.end();
}

// Nothing written is `otherwise`; what is no number from `least` to `most` is told in `wrong`.
quantity units_of(std::string_view column, std::string_view text, quantity least, quantity most,
                  quantity otherwise, std::string& wrong) {
  if (text.empty()) return otherwise;
  const auto units = whole_number(text);
  if (units && *units >= least && *units <= most) return *units;
  if (wrong.empty())
    wrong = fmt::format("{} '{}' is not a whole number from {} to {}", column, adapters::printable(text),
                        least, most);
  return otherwise;
}

// Behind an unknown column.
std::string hint(bool of_products, std::string_view column) {
  if (!of_products || !adapters::rest::is_scheme(column)) return {};
  return fmt::format("; identifiers of a scheme '{0}' stand in 'id:{0}'", column);
}

// `what`: a SKU or a tag.
std::string wrong_code(std::string_view what, std::string_view code) {
  if (code.empty()) return fmt::format("no {}", what);
  const auto fine = engine::check_sku_code(code);
  return fine ? std::string{}
              : fmt::format("{} '{}': {}", what, adapters::printable(code), fine.error().what);
}

// Spreadsheets write TRUE.
bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
}

// The main location is the one that need not be named.
std::string stated_location(std::string_view code) {
  return code == "main" ? std::string{} : std::string{code};
}

// Ids of a channel, which the engine takes as they are.
std::string wrong_text(std::string_view column, std::string_view text, bool required) {
  if (text.empty()) return required ? fmt::format("no {}", column) : std::string{};
  const auto fine = engine::check_text(column, text, limits::reference_bytes_max);
  return fine ? std::string{} : fine.error().what;
}

} // namespace

void import_verdict::refuse(const std::string& why) {
  for (const auto line : lines)
    bad.push_back({line, why});
  std::ranges::sort(bad, {}, &line_finding::line);
  if (item) std::ranges::move(item->records, std::back_inserter(records));
  item.reset();
}

result<import_judge> import_judge::read_header(const csv_record& header, const import_options& options) {
  import_judge made{options};
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto name = std::string{trimmed(header.fields[i])};
    if (!made.columns_.emplace(name, i).second)
      return make_error(error_code::malformed,
                        fmt::format("column '{}' stands twice in the header", adapters::printable(name)));
  }
  if (auto found = made.find_layout(); !found) return found.error();
  return made;
}

result<void> import_judge::find_layout() {
  const auto has = [this](std::string_view name) { return columns_.contains(name); };
  if (has("Variant SKU") && has("Handle")) {
    layout_ = import_layout::shopify;
    return {};
  }
  if (has("component"))
    layout_ = import_layout::bundles;
  else if (has("account"))
    layout_ = has("sku") || has("item") ? import_layout::listings : import_layout::rules;
  else if (has("counted"))
    layout_ = import_layout::stock;
  return sort_columns();
}

result<void> import_judge::sort_columns() {
  const auto& row = *std::ranges::find(layouts, layout_, &layout_row::layout);
  for (const auto& [name, position] : columns_) {
    const bool of_products = layout_ == import_layout::products;
    if (of_products && name.starts_with(on_hand_prefix)) {
      stock_columns_.emplace_back(name, position);
    } else if (auto scheme = of_products ? scheme_of_column(name) : std::nullopt) {
      identifier_columns_.emplace_back(*std::move(scheme), position);
    } else if (!contains(row.columns, name) && !contains(reject_columns, name)) {
      const auto meant = adapters::nearest(name, row.columns);
      return make_error(
          error_code::malformed,
          fmt::format("unknown column '{}'{}", adapters::printable(name),
                      meant.empty() ? hint(of_products, name) : fmt::format("; nearest: {}", meant)));
    }
  }
  for (const auto name : row.required)
    if (!columns_.contains(name))
      return make_error(error_code::malformed, fmt::format("the header has no column '{}'", name));
  return {};
}

std::string_view import_judge::value(const csv_record& record, std::string_view column) const {
  const auto found = columns_.find(column);
  return found == columns_.end() ? std::string_view{} : value_of(record.fields[found->second]);
}

import_verdict import_judge::judge(const csv_record& record) {
  import_verdict verdict;
  import_item item;
  item.line = record.line;
  std::string wrong;
  if (record.fields.size() != columns_.size()) {
    wrong = fmt::format("{} fields, the header has {}", record.fields.size(), columns_.size());
  } else if (layout_ == import_layout::shopify) {
    item.product = imported_product{.title = adapters::printable(shopify_title(record))};
    if (is_picture(record)) return verdict;
    wrong = read_shopify(record, item);
  } else {
    wrong = read_line(record, item);
  }
  for (auto& what : std::exchange(notes_, {}))
    verdict.notes.push_back({record.line, std::move(what)});
  if (wrong.empty() && layout_ != import_layout::rules) wrong = wrong_code("SKU", item.sku);
  if (wrong.empty() && item.product && item.product->title.value_or("").size() > limits::note_bytes_max)
    wrong = fmt::format("the title is longer than {} bytes", limits::note_bytes_max);
  verdict.sku = item.sku;
  if (!wrong.empty()) {
    verdict.bad.push_back({record.line, std::move(wrong)});
    if (options_.keep_records) verdict.records.push_back(kept(record));
    return verdict;
  }
  if (options_.keep_records) item.records.push_back(kept(record));
  verdict.lines.push_back(record.line);
  verdict.item = std::move(item);
  return verdict;
}

// Away from the lines before it a variant would have no title.
csv_record import_judge::kept(csv_record record) const {
  const auto title = columns_.find("Title");
  if (layout_ != import_layout::shopify || title == columns_.end() || record.fields.size() != columns_.size())
    return record;
  if (trimmed(record.fields[title->second]).empty()) record.fields[title->second] = title_;
  return record;
}

std::string import_judge::read_line(const csv_record& record, import_item& item) {
  item.sku = value(record, "sku");
  switch (layout_) {
  case import_layout::listings: return read_listing(record, item);
  case import_layout::stock: return read_count(record, item);
  case import_layout::bundles: return read_component(record, item);
  case import_layout::rules: return read_account_rule(record, item);
  default: return read_product(record, item);
  }
}

std::string import_judge::read_product(const csv_record& record, import_item& item) {
  item.product.emplace();
  if (const auto title = columns_.find("title"); title != columns_.end())
    item.product->title = adapters::printable(trimmed(record.fields[title->second]));
  auto wrong = read_identifiers(record, item);
  if (wrong.empty()) wrong = read_tags(record, item);
  if (wrong.empty()) wrong = read_on_hand(record, item);
  return wrong;
}

std::string import_judge::read_identifiers(const csv_record& record, import_item& item) {
  if (identifier_columns_.empty()) return {};
  auto& identifiers = item.product->identifiers.emplace();
  for (const auto& [scheme, position] : identifier_columns_) {
    for (const auto& text : values_of(record.fields[position])) {
      auto found = adapters::rest::stored_identifier(scheme, text);
      if (!found) return fmt::format("{} '{}': {}", scheme, adapters::printable(text), found.error().what);
      if (std::ranges::find(identifiers, *found) == identifiers.end())
        identifiers.push_back(*std::move(found));
    }
  }
  return {};
}

std::string import_judge::read_tags(const csv_record& record, import_item& item) {
  const auto column = columns_.find("tags");
  if (column == columns_.end()) return {};
  item.product->tags = values_of(record.fields[column->second]);
  for (const auto& tag : *item.product->tags)
    if (auto wrong = wrong_code("tag", tag); !wrong.empty()) return wrong;
  return {};
}

std::string import_judge::read_on_hand(const csv_record& record, import_item& item) {
  std::string wrong;
  const auto read = [&](std::string_view column, std::string_view text, std::string_view location) {
    if (text.empty()) return;
    const auto units = units_of(column, text, 0, limits::units_per_movement_max, 0, wrong);
    item.counts.push_back({stated_location(location), units});
  };
  read("on_hand", value(record, "on_hand"), "");
  for (const auto& [column, position] : stock_columns_)
    read(column, value_of(record.fields[position]), std::string_view{column}.substr(on_hand_prefix.size()));
  return wrong;
}

std::string import_judge::read_listing(const csv_record& record, import_item& item) {
  imported_listing listing;
  listing.account = value(record, "account");
  listing.item = value(record, "item");
  listing.variant = value(record, "variant");
  listing.location = value(record, "location");
  std::string wrong = wrong_text("account", listing.account, true);
  if (wrong.empty()) wrong = wrong_text("item", listing.item, true);
  if (wrong.empty()) wrong = wrong_text("variant", listing.variant, false);
  if (wrong.empty()) wrong = wrong_text("location", listing.location, false);
  listing.rule = read_rule(record, wrong);
  item.listing = std::move(listing);
  return wrong;
}

std::string import_judge::read_account_rule(const csv_record& record, import_item& item) {
  imported_rule rule;
  rule.account = value(record, "account");
  rule.tag = value(record, "tag");
  auto wrong = wrong_text("account", rule.account, true);
  if (wrong.empty() && !rule.tag.empty()) wrong = wrong_code("tag", rule.tag);
  rule.rule = read_rule(record, wrong);
  item.rule = std::move(rule);
  return wrong;
}

engine::listing_rule import_judge::read_rule(const csv_record& record, std::string& wrong) const {
  const auto number = [&](std::string_view column, quantity most) -> std::optional<quantity> {
    const auto text = value(record, column);
    if (text.empty()) return std::nullopt;
    return units_of(column, text, 0, most, 0, wrong);
  };
  const auto flag = [&](std::string_view column) -> std::optional<bool> {
    const auto text = value(record, column);
    const bool yes = is_word(text, "true");
    if (wrong.empty() && !text.empty() && !yes && !is_word(text, "false"))
      wrong = fmt::format("{} '{}' is neither true nor false", column, adapters::printable(text));
    return text.empty() ? std::nullopt : std::optional{yes};
  };
  engine::listing_rule rule;
  if (const auto units = number("buffer", limits::units_per_movement_max)) rule.buffer = {*units, false};
  if (const auto percent = number("buffer_percent", 100)) {
    if (rule.buffer && wrong.empty()) wrong = "buffer and buffer_percent exclude each other";
    rule.buffer = {*percent, true};
  }
  rule.cap = number("cap", limits::published_max);
  rule.minimum = number("minimum", limits::published_max);
  if (const auto share = number("share", 100)) rule.share = static_cast<std::int8_t>(*share);
  rule.sells = flag("sells");
  rule.sells_ahead = flag("sells_ahead");
  return rule;
}

std::string import_judge::read_count(const csv_record& record, import_item& item) {
  const auto text = value(record, "counted");
  if (text.empty()) return "no number in 'counted'";
  std::string wrong;
  const auto units = units_of("counted", text, 0, limits::units_per_movement_max, 0, wrong);
  item.counts.push_back({stated_location(value(record, "location")), units});
  return wrong;
}

std::string import_judge::read_component(const csv_record& record, import_item& item) {
  const std::string component{value(record, "component")};
  const auto text = value(record, "units");
  if (component.empty()) return "no component";
  if (text.empty()) return "no number in 'units'";
  std::string wrong;
  item.components.push_back({component, units_of("units", text, 1, limits::component_units_max, 1, wrong)});
  if (wrong.empty()) wrong = wrong_code("component", component);
  return wrong;
}

} // namespace lockstep::app
