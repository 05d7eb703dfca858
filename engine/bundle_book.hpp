// What can be sold of every bundle, from the numbers of its leaves: as many as the scarcest of them makes. Pure;
// hosted where durable numbers are told, so a bundle's number is durable when theirs are.
#pragma once

#include "engine/bundle.hpp"
#include "engine/number.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <optional>
#include <vector>

namespace lockstep::engine {

class bundle_book {
 public:
  // The newest revision from now on.
  void put(const bundle& newest);

  // `told`: one number per SKU. Takes out those that bundles' own SKUs tell (of them only the velocity means
  // anything) and adds the numbers of all bundles that a leaf or they moved. A bundle of which not every leaf
  // has been heard has none: `unheard`, when given, gets those leaves.
  void derive(std::vector<number>& told, std::vector<sku_id>* unheard = nullptr);

  [[nodiscard]] bool is_bundle(sku_id sku) const { return bundles_.contains(sku); }

  [[nodiscard]] bool empty() const { return bundles_.empty(); }

 private:
  struct entry {
    bundle newest;
    engine::velocity velocity;
    std::uint64_t round = 0; // derive() that it is to be told in
    bool by_person = false;
    bool by_sale = true;
    bool recomposed = true; // by a person, and not told since
  };

  void touch(sku_id id, const number& moved, std::vector<sku_id>& moved_bundles);
  [[nodiscard]] std::optional<number> number_of(const entry& of, std::vector<sku_id>* unheard) const;
  [[nodiscard]] std::shared_ptr<const number_detail> detail_of(const bundle& of, quantity available) const;
  template <class Units>
  [[nodiscard]] quantity least(const bundle& of, Units units) const;

  boost::unordered_flat_map<sku_id, entry> bundles_;
  boost::unordered_flat_map<sku_id, std::vector<sku_id>> above_; // of a leaf: the bundles it is in
  boost::unordered_flat_map<sku_id, number> leaves_;             // as heard last
  std::uint64_t round_ = 0;
};

// Whole bundles that `available` units of a leaf make; below zero as many as are missing, rounded up.
[[nodiscard]] constexpr quantity bundles_of(quantity available, quantity per) {
  const auto whole = available / per;
  return available % per < 0 ? whole - 1 : whole;
}

} // namespace lockstep::engine
