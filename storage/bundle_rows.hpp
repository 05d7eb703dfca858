// Bundles from the rows of `bundle_part`, which come ordered by bundle, revision, is_leaf and SKU.
#pragma once

#include "engine/bundle.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace lockstep::storage {

struct bundle_row {
  std::int64_t bundle = 0;
  std::int64_t revision = 0;
  std::int64_t is_leaf = 0;
  std::int64_t sku = 0;
  engine::quantity per = 0;
};

class bundle_rows {
 public:
  explicit bundle_rows(const std::function<void(engine::bundle)>& visit) : visit_(visit) {}

  void add(const bundle_row& row) {
    const auto id = static_cast<engine::sku_id>(row.bundle);
    const auto revision = static_cast<engine::composition_revision>(row.revision);
    if (current_ && (current_->id != id || current_->revision != revision)) end();
    if (!current_) current_ = engine::bundle{id, revision, {}, {}};
    auto& parts = row.is_leaf != 0 ? current_->leaves : current_->components;
    parts.push_back({static_cast<engine::sku_id>(row.sku), row.per});
  }

  // After the last row.
  void end() {
    if (current_) visit_(*std::exchange(current_, std::nullopt));
  }

 private:
  const std::function<void(engine::bundle)>& visit_;
  std::optional<engine::bundle> current_;
};

} // namespace lockstep::storage
