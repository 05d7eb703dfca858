#include "app/import/import_report.hpp"

#include "adapters/printable.hpp"
#include "app/import/field_text.hpp"
#include "app/import/import_limits.hpp"
#include "app/import/product_column.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include <unistd.h>

namespace lockstep::app {

namespace json = boost::json;

namespace {

bool is_reject_column(const std::string& name) {
  return std::ranges::find(reject_columns, std::string_view{name}) != reject_columns.end();
}

} // namespace

import_report::import_report(report_options options, const import_file& from)
    : options_(std::move(options)), from_(from) {
  if (options_.rejects.empty()) return;
  rejects_.open(options_.rejects, std::ios::binary | std::ios::trunc);
  std::vector<std::string> header;
  for (const auto& name : from_.header())
    if (!is_reject_column(name)) header.push_back(name);
  header.insert(header.end(), reject_columns.begin(), reject_columns.end());
  rejects_ << csv_line(header);
}

std::string_view import_report::things() const {
  switch (from_.layout()) {
  case import_layout::listings: return "listings";
  case import_layout::bundles: return "bundles";
  case import_layout::stock: return "counts";
  case import_layout::rules: return "rules";
  default: return "products";
  }
}

void import_report::begin_sending() {
  bar_ =
      std::make_unique<progress>(std::string{things()}, from_.good(), stderr, ::isatty(STDERR_FILENO) == 1);
}

void import_report::advance(std::size_t items) {
  if (items > 0) bar_->advance(items);
}

void import_report::take(const import_verdict& verdict) {
  if (verdict.item) ++good_;
  for (const auto& note : verdict.notes) {
    tell("note: ", note);
    remember(notes_, note);
  }
  for (const auto& finding : verdict.bad) {
    tell("", finding);
    remember(bad_, finding);
    reject(finding, verdict.records);
  }
}

// A bundle's lines are refused together.
void import_report::refused(const import_item& item, const std::string& why) {
  tell("refused by the engine: ", {item.line, why});
  remember(refused_, {item.line, why});
  if (item.records.empty()) left_out_ += item.lines;
  const auto records = without_taken(item);
  for (const auto& record : records)
    reject({record.line, why}, records);
}

// A product's counts stand in columns of their own.
std::vector<csv_record> import_report::without_taken(const import_item& item) const {
  auto records = item.records;
  if (from_.layout() != import_layout::products) return records;
  for (std::size_t i = 0; i < from_.header().size(); ++i) {
    const auto location = location_of_column(trimmed(from_.header()[i]));
    if (!location ||
        std::ranges::find(item.counts, *location, &imported_count::location) != item.counts.end())
      continue;
    for (auto& record : records)
      record.fields[i].clear();
  }
  return records;
}

void import_report::tell(std::string_view kind, const line_finding& finding) {
  if (bar_ != nullptr) bar_->make_way();
  fmt::print(stderr, "{}:{}: {}{}\n", adapters::printable(options_.file), finding.line, kind,
             adapters::printable(finding.what));
}

void import_report::remember(json::array& in, const line_finding& finding) const {
  if (!options_.json || in.size() == limits::import_findings_in_json) return;
  in.push_back(json::object{{"line", finding.line}, {"what", adapters::printable(finding.what)}});
}

// A line whose fields cannot be told apart stands there with its number and reason alone.
void import_report::reject(const line_finding& finding, const std::vector<csv_record>& records) {
  ++left_out_;
  if (!rejects_.is_open()) return;
  const auto found = std::ranges::find(records, finding.line, &csv_record::line);
  const auto& header = from_.header();
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (is_reject_column(header[i])) continue;
    const bool there = found != records.end() && i < found->fields.size();
    fields.push_back(there ? found->fields[i] : std::string{});
  }
  fields.push_back(std::to_string(finding.line));
  fields.push_back(finding.what);
  rejects_ << csv_line(fields);
}

void import_report::print(const import_totals& totals, bool sent) const {
  const auto what = things();
  if (options_.json) {
    const json::object result{{"sent", sent},
                              {std::string{what}, good_},
                              {fmt::format("{}_new", what), totals.added},
                              {fmt::format("{}_changed", what), totals.changed},
                              {"counted", totals.counted},
                              {"counted_before", totals.counted_before},
                              {"left_out", left_out_},
                              {"bad", bad_},
                              {"refused", refused_},
                              {"notes", notes_}};
    fmt::print("{}\n", json::serialize(result));
  } else if (!sent) {
    fmt::print("{} {} read, {} lines left out; nothing was sent\n", good_, what, left_out_);
  } else if (from_.layout() == import_layout::stock) {
    fmt::print("{} counted, {} counted before; {} lines left out\n", totals.counted, totals.counted_before,
               left_out_);
  } else if (from_.layout() == import_layout::products || from_.layout() == import_layout::shopify) {
    fmt::print("{} products new, {} changed; {} counted, {} counted before; {} lines left out\n",
               totals.added, totals.changed, totals.counted, totals.counted_before, left_out_);
  } else {
    fmt::print("{} {} new, {} changed; {} lines left out\n", totals.added, what, totals.changed, left_out_);
  }
}

} // namespace lockstep::app
