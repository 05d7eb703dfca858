#include "app/import/product_file.hpp"

#include "adapters/nearest.hpp"
#include "adapters/printable.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/csv.hpp"
#include "engine/identifier.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

namespace lockstep::app {

using engine::error_code;
using engine::make_error;
using engine::quantity;
using engine::result;

namespace {

constexpr std::array<std::string_view, 10> own_columns{
    "sku", "title", "upc", "ean", "gtin", "asin", "walmart_item_id", "on_hand", "reserved", "available"};
// What a column says of the product itself; the others are identifiers.
constexpr std::array<std::string_view, 5> plain_columns{"sku", "title", "on_hand", "reserved", "available"};

// Blanks around a value and the apostrophe that spreadsheets put before numbers mean nothing.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto strip = [&] {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
  };
  strip();
  if (text.starts_with('\'')) text.remove_prefix(1);
  strip();
  return text;
}

std::optional<quantity> whole_units(std::string_view text) {
  quantity value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return value;
}

// A column of ours that names a channel's own id: NAME:ACCOUNT.
bool is_channel_id(std::string_view column) {
  const auto colon = column.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == column.size()) return false;
  return std::all_of(column.begin(), column.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ':';
  });
}

class judge {
 public:
  judge(product_file& out, const product_file_options& options) : out_(out), options_(options) {}

  [[nodiscard]] result<void> read_header(const csv_record& header);
  void read_line(const csv_record& record);

  void bad(std::size_t line, std::string what) { out_.bad.push_back({line, std::move(what)}); }

 private:
  [[nodiscard]] std::string_view value(const csv_record& record, std::string_view column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? std::string_view{} : trimmed(record.fields[found->second]);
  }

  void note(std::size_t line, std::string what) { out_.notes.push_back({line, std::move(what)}); }

  void read_own(const csv_record& record);
  bool read_own_identifiers(const csv_record& record, imported_product& product);
  bool read_own_identifier(std::size_t line, std::string_view scheme, std::string_view text,
                           imported_product& product);
  bool read_own_stock(const csv_record& record, imported_product& product);
  void read_shopify(const csv_record& record);
  [[nodiscard]] std::string shopify_title(const csv_record& record);
  void read_shopify_stock(const csv_record& record, imported_product& product);
  void keep(imported_product product);

  product_file& out_;
  const product_file_options options_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::map<std::string, std::size_t, std::less<>> lines_; // of each code already taken
  std::string handle_, title_;                            // of the product whose variants are being read
};

result<void> judge::read_header(const csv_record& header) {
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const auto name = std::string{trimmed(header.fields[i])};
    if (!columns_.emplace(name, i).second)
      return make_error(error_code::malformed, fmt::format("column '{}' stands twice in the header", name));
  }
  if (columns_.contains("Variant SKU") && columns_.contains("Handle")) {
    out_.layout = product_layout::shopify;
    return {};
  }
  for (const auto& [name, position] : columns_) {
    if (std::find(own_columns.begin(), own_columns.end(), name) != own_columns.end() || is_channel_id(name))
      continue;
    const auto meant = adapters::nearest(name, own_columns);
    return make_error(error_code::malformed,
                      fmt::format("unknown column '{}'{}", adapters::printable(name),
                                  meant.empty() ? "" : fmt::format("; nearest: {}", meant)));
  }
  if (!columns_.contains("sku")) return make_error(error_code::malformed, "the header has no column 'sku'");
  return {};
}

void judge::read_line(const csv_record& record) {
  if (record.fields.size() != columns_.size())
    return bad(record.line,
               fmt::format("{} fields, the header has {}", record.fields.size(), columns_.size()));
  out_.layout == product_layout::ours ? read_own(record) : read_shopify(record);
}

void judge::read_own(const csv_record& record) {
  imported_product product{
      record.line, std::string{value(record, "sku")}, std::string{value(record, "title")}, {}, {}};
  if (!read_own_identifiers(record, product) || !read_own_stock(record, product)) return;
  keep(std::move(product));
}

bool judge::read_own_identifiers(const csv_record& record, imported_product& product) {
  for (const auto& [column, position] : columns_) {
    if (std::find(plain_columns.begin(), plain_columns.end(), column) != plain_columns.end()) continue;
    std::string_view rest{record.fields[position]};
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const auto text = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!text.empty() && !read_own_identifier(record.line, column, text, product)) return false;
    }
  }
  return true;
}

bool judge::read_own_identifier(std::size_t line, std::string_view scheme, std::string_view text,
                                imported_product& product) {
  auto found = adapters::rest::stored_identifier(scheme, text);
  if (!found) {
    bad(line, fmt::format("{} '{}': {}", scheme, adapters::printable(text), found.error().what));
    return false;
  }
  if (std::find(product.identifiers.begin(), product.identifiers.end(), *found) == product.identifiers.end())
    product.identifiers.push_back(std::move(*found));
  return true;
}

bool judge::read_own_stock(const csv_record& record, imported_product& product) {
  const auto text = value(record, "on_hand");
  if (text.empty()) return true;
  product.on_hand = whole_units(text);
  if (product.on_hand && *product.on_hand >= 0 && *product.on_hand <= limits::units_per_movement_max)
    return true;
  bad(record.line, fmt::format("on_hand '{}' is not a whole number from 0 to {}", adapters::printable(text),
                               limits::units_per_movement_max));
  return false;
}

// Only a product's first line states its title; the lines of its further variants leave it empty.
std::string judge::shopify_title(const csv_record& record) {
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

void judge::read_shopify(const csv_record& record) {
  imported_product product{
      record.line, std::string{value(record, "Variant SKU")}, shopify_title(record), {}, {}};
  const auto barcode = value(record, "Variant Barcode");
  if (product.code.empty() && barcode.empty() && value(record, "Variant Inventory Qty").empty() &&
      value(record, "Variant Price").empty()) {
    ++out_.passed_over;
    return;
  }
  if (!barcode.empty()) {
    auto identifier = adapters::rest::stored_identifier("gtin", barcode);
    if (!identifier) {
      note(record.line,
           fmt::format("barcode '{}' left out: {}", adapters::printable(barcode), identifier.error().what));
    } else {
      if (product.code.empty() && options_.code_from_barcode) product.code = identifier->value;
      product.identifiers.push_back(std::move(*identifier));
    }
  }
  if (product.code.empty()) {
    const bool could = !product.identifiers.empty();
    return bad(record.line, could ? "the variant has no SKU (--sku-from-barcode takes its barcode)"
                                  : "the variant has no SKU");
  }
  read_shopify_stock(record, product);
  keep(std::move(product));
}

// A number counts only where the shop tracks it. Below zero the shop has promised what it had not: none is on
// hand.
void judge::read_shopify_stock(const csv_record& record, imported_product& product) {
  const auto text = value(record, "Variant Inventory Qty");
  if (text.empty()) return;
  if (columns_.contains("Variant Inventory Tracker") && value(record, "Variant Inventory Tracker").empty())
    return note(record.line, "the shop does not track its stock: no number taken");
  const auto shown = whole_units(text);
  if (!shown || *shown > limits::units_per_movement_max)
    return note(record.line, fmt::format("quantity '{}' is not a whole number: no number taken",
                                         adapters::printable(text)));
  if (*shown < 0) note(record.line, fmt::format("quantity {} is below zero: counted as 0", *shown));
  product.on_hand = std::max<quantity>(0, *shown);
}

void judge::keep(imported_product product) {
  const auto line = product.line;
  if (product.code.empty()) return bad(line, "no SKU");
  if (auto fine = engine::check_sku_code(product.code); !fine)
    return bad(line, fmt::format("SKU '{}': {}", adapters::printable(product.code), fine.error().what));
  product.title = adapters::printable(product.title);
  if (product.title.size() > limits::note_bytes_max)
    return bad(line, fmt::format("the title is longer than {} bytes", limits::note_bytes_max));
  const auto [first, fresh] = lines_.emplace(product.code, line);
  if (!fresh)
    return bad(line, fmt::format("SKU '{}' stands on line {} already", product.code, first->second));
  out_.products.push_back(std::move(product));
}

} // namespace

result<product_file> read_products(std::istream& from, const product_file_options& options) {
  csv_reader reader{from};
  const auto header = reader.next();
  if (!header) return header.error();
  if (!*header) return make_error(error_code::malformed, "the file is empty");

  product_file file;
  judge all{file, options};
  if (auto known = all.read_header(**header); !known) return known.error();
  for (;;) {
    const auto record = reader.next();
    if (!record) {
      all.bad(reader.line(), record.error().what);
      continue;
    }
    if (!*record) return file;
    if (file.products.size() == limits::import_products_max)
      return make_error(error_code::limit, fmt::format("more than {} products", limits::import_products_max));
    all.read_line(**record);
  }
}

} // namespace lockstep::app
