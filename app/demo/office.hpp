// What the seller's people do beside the shops while the log goes by: an article is sold before it is there,
// a set of two articles is sold, the depot's stock is brought to the main warehouse.
#pragma once

#include "app/demo/checkout.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app::demo {

// An article of which nothing is there at the start: the last of the log's SKUs, and in no order of it.
inline constexpr std::string_view novelty_code = "NOVELTY-1";
inline constexpr quantity novelty_supply = 40;
// A bundle of two articles, of the second two pieces.
inline constexpr std::string_view set_code = "SET-1";
// A rule for products with this tag: the shop called `trade` never shows more of them.
inline constexpr std::string_view set_tag = "sets";
inline constexpr quantity trade_cap = 5;

// Adds the novelty, once.
void add_novelty(order_log& log);

// The two SKUs with most units more than the log will ask for. None: the log has fewer.
[[nodiscard]] std::vector<article_part> parts_of_set(const order_log& log, const shelf_by_place& opening);

// Units that the log asks for or writes off, by SKU.
[[nodiscard]] shelf asked_units(const order_log& log);

class office {
 public:
  // All outlive it. Articles of `selling`: first the novelty, then the set.
  office(courier& told, warehouse& stock, checkout& selling, std::uint32_t novelty)
      : courier_(told), stock_(stock), selling_(selling), novelty_(novelty) {}

  // Does what is due when `share` of the log has gone by, from 0 to 1. One thread.
  void reach(double share);
  // At the end, when everything told was answered: does what is left. False: nothing was.
  [[nodiscard]] bool close();

 private:
  struct act;
  static const std::vector<act>& acts();

  void expect();
  void deliver(quantity units, bool completes);

  courier& courier_;
  warehouse& stock_;
  checkout& selling_;
  const std::uint32_t novelty_;
  std::size_t next_ = 0; // act
};

} // namespace lockstep::app::demo
