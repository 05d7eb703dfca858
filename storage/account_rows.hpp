// Accounts from the rows of a store: one per location that its sourcing rule names, in their order, together.
#pragma once

#include "engine/catalogue.hpp"
#include "storage/account_mode.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep::storage {

// The names are used until add() returns.
struct account_row {
  std::int64_t id = 0;
  std::string_view name;
  std::string_view marketplace;
  std::string_view mode;
  std::string_view sourcing_pick; // empty: no rule
  bool sourcing_may_split = false;
  std::optional<std::int64_t> location; // nothing: the rule names none
};

class account_rows {
 public:
  explicit account_rows(const std::function<void(engine::account)>& visit) : visit_(visit) {}

  // Visits the account before, when this row is another's.
  void add(const account_row& row) {
    const auto id = static_cast<engine::account_id>(row.id);
    if (current_ && current_->id != id) visit_(*std::exchange(current_, std::nullopt));
    const auto mode = mode_of(row.mode);
    if (!mode) unknown_mode_ = row.mode;
    if (!current_)
      current_ = engine::account{id, std::string{row.name}, std::string{row.marketplace},
                                 mode.value_or(engine::account_mode::observe),
                                 sourcing_of(row.sourcing_pick, row.sourcing_may_split)};
    if (current_->sourcing && row.location)
      current_->sourcing->locations.push_back(static_cast<engine::location_id>(*row.location));
  }

  // After the last row. error_code::corrupt when a mode is none of ours.
  [[nodiscard]] engine::result<void> end(std::string_view store) {
    if (current_) visit_(*std::exchange(current_, std::nullopt));
    if (unknown_mode_.empty()) return {};
    return engine::make_error(engine::error_code::corrupt,
                              std::string{store} + ": account mode '" + unknown_mode_ + "'");
  }

 private:
  const std::function<void(engine::account)>& visit_;
  std::optional<engine::account> current_;
  std::string unknown_mode_;
};

} // namespace lockstep::storage
