#include "tests/storage/numbered_batches.hpp"

#include "tests/storage/samples.hpp"

#include <fmt/format.h>

namespace lockstep::storage::samples {
namespace {

std::int64_t size_of(std::int64_t number) {
  return 1 + number * 7 % 23;
}

std::string name_of(std::int64_t number) {
  return fmt::format("batch {}", number);
}

} // namespace

numbered_batches::numbered_batches(const std::vector<stored_fact>& rows) : last_(check_whole(rows)) {
  for (const auto& row : rows)
    versions_[row.sku] = row.fact.version;
}

batch numbered_batches::next(batch_number number) {
  ++last_;
  batch made{.number = number, .facts = {}, .snapshots = {}, .records = {}};
  for (std::int64_t i = 0; i < size_of(last_); ++i) {
    const auto of = sku(1 + (last_ + i) % 5);
    made.facts.push_back(small_fact(static_cast<std::int64_t>(of), ++versions_[of], name_of(last_)));
    made.facts.back().fact.at = time(last_);
  }
  const auto& newest = made.facts.back();
  if (last_ % 4 == 0)
    made.snapshots.push_back(
        counted_snapshot(static_cast<std::int64_t>(newest.sku), newest.fact.version, newest.fact.at));
  made.records.push_back(watermark{engine::account_id{1}, "orders", time(last_)});
  return made;
}

std::int64_t check_whole(const std::vector<stored_fact>& rows) {
  std::map<engine::sku_id, engine::version> versions;
  std::int64_t number = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == end) end += static_cast<std::size_t>(size_of(++number));
    REQUIRE(rows[i].fact.reference == name_of(number));
    REQUIRE(rows[i].row == static_cast<row_number>(i + 1));
    REQUIRE(rows[i].fact.version == ++versions[rows[i].sku]);
  }
  REQUIRE(rows.size() == end);
  return number;
}

} // namespace lockstep::storage::samples
