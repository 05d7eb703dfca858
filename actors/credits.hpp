// Admission: bounds what is in flight, because CAF's mailboxes do not. A credit is taken for every line at
// intake and returned when its answer was handed over or dropped.
#pragma once

#include "engine/command.hpp"
#include "engine/limits.hpp"
#include "engine/types.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace lockstep::actors {

// Who may use the last credits, lowest first.
enum class credit_class : std::uint8_t {
  request,          // may use three quarters of what is not reserved
  marketplace_fact, // may use all that is not reserved: it happened already
  ends_work, // confirm, release, cancel, expiry, ship: may use the reserve too, because it frees something
};

[[nodiscard]] credit_class class_of(const engine::command& asked);

struct credit_limits {
  std::size_t total = limits::credits_total; // the reserve included
  std::size_t per_sku = limits::credits_per_sku;
  std::size_t per_source = limits::credits_per_source;
  std::size_t reserve = limits::credits_reserve;
};

class credits;

// One admitted line. Returns itself when destroyed.
class credit {
 public:
  credit() = default;

  credit(credit&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), sku_(other.sku_), source_(other.source_),
        phase_(other.phase_) {}

  credit& operator=(credit&& other) noexcept;

  ~credit() { give_back(); }

  void give_back() noexcept;

  [[nodiscard]] bool held() const { return owner_ != nullptr; }

 private:
  friend class credits;
  credits* owner_ = nullptr;
  std::atomic<std::uint32_t>* sku_ = nullptr;
  std::uint16_t source_ = 0;
  std::uint8_t phase_ = 0;
};

// Thread: any. The counters are exact; a limit may be overrun by as many credits as threads ask at the same
// instant.
class credits {
 public:
  explicit credits(credit_limits bounds) : bounds_(bounds) {}

  // `sku` counts the SKU's own credits and outlives the credit. Nothing: refused, and counted in shed().
  [[nodiscard]] std::optional<credit> take(credit_class kind, engine::account_id source,
                                           std::atomic<std::uint32_t>& sku);

  [[nodiscard]] std::size_t in_use() const { return in_use(0) + in_use(1); }

  [[nodiscard]] std::size_t total() const { return bounds_.total; }

  [[nodiscard]] std::uint64_t shed() const { return shed_.load(std::memory_order_relaxed); }

  // Barriers: credits taken from now on belong to the other phase; when in_use(old) is zero, everything
  // admitted before the flip has been answered. Only one thread (persistence) flips, and only when the other
  // phase is empty.
  std::uint8_t flip_phase() { return phase_.fetch_xor(1, std::memory_order_acq_rel); }

  [[nodiscard]] std::uint8_t phase() const { return phase_.load(std::memory_order_acquire); }

  [[nodiscard]] std::size_t in_use(std::uint8_t phase) const {
    return phases_[phase].load(std::memory_order_acquire);
  }

 private:
  friend class credit;
  [[nodiscard]] std::size_t allowed_total(credit_class kind) const;

  // Account numbers are small and dense; two accounts 1024 apart would share a bound, never lose one.
  static constexpr std::size_t sources = 1024;

  credit_limits bounds_;
  alignas(64) std::array<std::atomic<std::size_t>, 2> phases_{};
  std::atomic<std::uint8_t> phase_{0};
  alignas(64) std::array<std::atomic<std::uint32_t>, sources> by_source_{};
  std::atomic<std::uint64_t> shed_{0};
};

} // namespace lockstep::actors
