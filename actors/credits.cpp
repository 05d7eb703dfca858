#include "actors/credits.hpp"

#include <algorithm>

namespace lockstep::actors {

namespace {

credit_class class_of_line(const engine::record_line& line) {
  if (!line.ordered) return credit_class::ends_work;
  return line.mode == engine::line_mode::fact ? credit_class::marketplace_fact : credit_class::request;
}

struct class_visitor {
  credit_class operator()(const engine::confirm&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::release&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::ship&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::expire_holds&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::record_line& line) const { return class_of_line(line); }

  credit_class operator()(const engine::take_return&) const { return credit_class::marketplace_fact; }

  credit_class operator()(const engine::receive_transfer&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::cancel_transfer&) const { return credit_class::ends_work; }

  credit_class operator()(const engine::follow_velocity&) const { return credit_class::ends_work; }

  template <class Other>
  credit_class operator()(const Other&) const {
    return credit_class::request;
  }
};

} // namespace

credit_class class_of(const engine::command& asked) {
  return std::visit(class_visitor{}, asked.body);
}

credit& credit::operator=(credit&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  owner_ = std::exchange(other.owner_, nullptr);
  sku_ = other.sku_;
  source_ = other.source_;
  phase_ = other.phase_;
  return *this;
}

void credit::give_back() noexcept {
  if (owner_ == nullptr) return;
  sku_->fetch_sub(1, std::memory_order_relaxed);
  owner_->by_source_[source_].fetch_sub(1, std::memory_order_relaxed);
  owner_->phases_[phase_].fetch_sub(1, std::memory_order_acq_rel);
  owner_ = nullptr;
}

std::size_t credits::allowed_total(credit_class kind) const {
  const auto unreserved = bounds_.total - std::min(bounds_.reserve, bounds_.total / 2);
  switch (kind) {
  case credit_class::request: return unreserved - unreserved / 4;
  case credit_class::marketplace_fact: return unreserved;
  case credit_class::ends_work: break;
  }
  return bounds_.total;
}

std::optional<credit> credits::take(credit_class kind, engine::account_id source,
                                    std::atomic<std::uint32_t>& sku) {
  const auto slot = static_cast<std::uint16_t>(static_cast<std::uint32_t>(source) % sources);
  const auto extra = kind == credit_class::ends_work ? bounds_.reserve : 0;
  if (in_use() >= allowed_total(kind) || sku.load(std::memory_order_relaxed) >= bounds_.per_sku + extra ||
      by_source_[slot].load(std::memory_order_relaxed) >= bounds_.per_source + extra) {
    shed_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  credit taken;
  taken.owner_ = this;
  taken.sku_ = &sku;
  taken.source_ = slot;
  taken.phase_ = phase_.load(std::memory_order_acquire);
  phases_[taken.phase_].fetch_add(1, std::memory_order_acq_rel);
  by_source_[slot].fetch_add(1, std::memory_order_relaxed);
  sku.fetch_add(1, std::memory_order_relaxed);
  return taken;
}

} // namespace lockstep::actors
