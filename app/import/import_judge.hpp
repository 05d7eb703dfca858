// Judges the lines of a CSV, one by one. Six layouts are known by their header; docs/import.md has their
// columns and what they mean. Only columns of the layout may stand there, in any order, but for a shop's own
// export. `reject_line` and `reject_reason`, which a file of rejects has, are passed over in any of them.
#pragma once

#include "app/import/import_item.hpp"
#include "engine/error.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

enum class import_layout : unsigned char { products, shopify, listings, stock, bundles, rules };

struct import_options {
  bool code_from_barcode = false; // a line without a SKU takes its valid barcode as one
  bool keep_records = false;      // fill import_item::records and import_verdict::records
};

// What a file of rejects has beside the columns of its layout.
inline constexpr std::array<std::string_view, 2> reject_columns{"reject_line", "reject_reason"};

// A line that is neither good nor bad is passed over: a further picture in a shop's export.
struct import_verdict {
  std::string sku;                 // empty: its fields cannot be told apart
  std::vector<std::size_t> lines;  // that the item is made of
  std::optional<import_item> item; // good
  std::vector<line_finding> bad;   // left out
  std::vector<line_finding> notes; // taken, but not as it stands
  std::vector<csv_record> records; // of what is bad

  // The item is none after all: all its lines are bad.
  void refuse(const std::string& why);
};

class import_judge {
 public:
  // error_code::malformed: no known header; which column is wrong is said.
  [[nodiscard]] static engine::result<import_judge> read_header(const csv_record& header,
                                                                const import_options& options);

  [[nodiscard]] import_layout layout() const { return layout_; }

  // Lines come in the order of the file.
  [[nodiscard]] import_verdict judge(const csv_record& record);

 private:
  explicit import_judge(const import_options& options) : options_(options) {}

  [[nodiscard]] engine::result<void> find_layout();
  [[nodiscard]] engine::result<void> sort_columns();
  [[nodiscard]] std::string_view value(const csv_record& record, std::string_view column) const;
  // As it can be told and imported alone.
  [[nodiscard]] csv_record kept(csv_record record) const;
  [[nodiscard]] std::string read_line(const csv_record& record, import_item& item);

  // Each returns what is wrong; empty: nothing. Those of a shop's export are in judge_shopify.cpp.
  [[nodiscard]] std::string read_product(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_identifiers(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_tags(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_on_hand(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_listing(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_account_rule(const csv_record& record, import_item& item);
  // What is empty is not stated. `wrong` is told of, when it is empty.
  [[nodiscard]] engine::listing_rule read_rule(const csv_record& record, std::string& wrong) const;
  [[nodiscard]] std::string read_count(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_component(const csv_record& record, import_item& item);
  [[nodiscard]] std::string read_shopify(const csv_record& record, import_item& item);
  void read_shopify_barcode(const csv_record& record, import_item& item);
  void read_shopify_stock(const csv_record& record, import_item& item);
  [[nodiscard]] std::string shopify_title(const csv_record& record);
  [[nodiscard]] bool is_picture(const csv_record& record) const;

  void note(std::string what) { notes_.push_back(std::move(what)); }

  import_options options_;
  import_layout layout_ = import_layout::products;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::vector<std::pair<std::string, std::size_t>> identifier_columns_, stock_columns_;
  std::string handle_, title_; // of the product whose variants are being read
  std::vector<std::string> notes_;
};

} // namespace lockstep::app
