// The product export of a Shopify shop, as real ones are.
#include "adapters/printable.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/import/field_text.hpp"
#include "app/import/import_judge.hpp"
#include "app/whole_number.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lockstep::app {

using engine::quantity;

namespace {

// Shops put the apostrophe before any code, a number or not.
std::string_view code_of(std::string_view text) {
  return text.starts_with('\'') ? trimmed(text.substr(1)) : text;
}

} // namespace

// A line of a shop's export without a variant: a further picture of the product.
bool import_judge::is_picture(const csv_record& record) const {
  return value(record, "Variant SKU").empty() && value(record, "Variant Barcode").empty() &&
         value(record, "Variant Inventory Qty").empty() && value(record, "Variant Price").empty();
}

std::string import_judge::read_shopify(const csv_record& record, import_item& item) {
  item.sku = code_of(value(record, "Variant SKU"));
  read_shopify_barcode(record, item);
  if (item.sku.empty()) {
    const bool could = item.product->identifiers && !item.product->identifiers->empty();
    return could ? "the variant has no SKU (--sku-from-barcode takes its barcode)" : "the variant has no SKU";
  }
  read_shopify_stock(record, item);
  return {};
}

// Only a product's first line states its title; the lines of its further variants leave it empty.
std::string import_judge::shopify_title(const csv_record& record) {
  if (const auto handle = value(record, "Handle"); handle != handle_) {
    handle_ = handle;
    title_.clear();
  }
  if (const auto title = value(record, "Title"); !title.empty()) title_ = title;
  auto whole = title_;
  for (const auto column : {"Option1 Value", "Option2 Value", "Option3 Value"})
    if (const auto option = value(record, column); !option.empty() && option != "Default Title")
      whole += fmt::format("{}{}", whole.empty() ? "" : " - ", option);
  return whole;
}

void import_judge::read_shopify_barcode(const csv_record& record, import_item& item) {
  if (!columns_.contains("Variant Barcode")) return;
  auto& identifiers = item.product->identifiers.emplace();
  const auto barcode = code_of(value(record, "Variant Barcode"));
  if (barcode.empty()) return;
  auto identifier = adapters::rest::stored_identifier("gtin", barcode);
  if (!identifier)
    return note(
        fmt::format("barcode '{}' left out: {}", adapters::printable(barcode), identifier.error().what));
  if (item.sku.empty() && options_.code_from_barcode) item.sku = identifier->value;
  identifiers.push_back(std::move(*identifier));
}

// A number counts only where the shop tracks it. Below zero the shop has promised what it had not: none is on
// hand.
void import_judge::read_shopify_stock(const csv_record& record, import_item& item) {
  const auto text = value(record, "Variant Inventory Qty");
  if (text.empty()) return;
  if (columns_.contains("Variant Inventory Tracker") && value(record, "Variant Inventory Tracker").empty())
    return note("the shop does not track its stock: no number taken");
  const auto shown = whole_number(text);
  if (!shown || *shown > limits::units_per_movement_max)
    return note(
        fmt::format("quantity '{}' is not a whole number: no number taken", adapters::printable(text)));
  if (*shown < 0) note(fmt::format("quantity {} is below zero: counted as 0", *shown));
  item.counts.push_back({"", std::max<quantity>(0, *shown)});
}

} // namespace lockstep::app
