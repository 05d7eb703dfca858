// The seller's two warehouses: what stands on their shelves by their own count, and what they tell the
// engine. The shelves are counted apart from the engine, so that at the end one can be held against the
// other.
#pragma once

#include "app/demo/courier.hpp"
#include "app/demo/order_log.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace lockstep::app::demo {

using engine::quantity;

// Shops are served from main; the depot keeps what is to come there later.
enum class place : std::uint8_t { main, depot };
inline constexpr std::array<std::string_view, 2> place_codes{"main", "depot"};

// Units by place in the log's SKUs.
using shelf = std::vector<quantity>;
using shelf_by_place = std::array<shelf, place_codes.size()>;

struct warehouse_counts {
  std::size_t written_off = 0, written_off_refused = 0; // movements; refused: the units are promised or gone
  std::size_t found = 0;
  std::size_t announced = 0; // returns that no order is known of
  std::size_t inspections = 0;
  std::size_t sent = 0, sent_refused = 0; // transfers; refused: the units are promised
  std::size_t supply_receipts = 0;
  quantity written_off_units = 0, written_off_refused_units = 0, found_units = 0, announced_units = 0,
           sellable_units = 0, damaged_units = 0, sent_units = 0, lost_units = 0, supplied_units = 0;
};

class warehouse {
 public:
  // `told` and `skus` outlive it; `opening` is what stands there at the start.
  warehouse(courier& told, const std::vector<log_sku>& skus, shelf_by_place opening);
  warehouse(const warehouse&) = delete;
  warehouse& operator=(const warehouse&) = delete;

  // Any thread; these return at once.
  void write_off(std::uint32_t sku, quantity units, const std::string& reason);
  void find(std::uint32_t sku, quantity units, const std::string& reason);
  // Units come back without an order: announced, taken, inspected, and put on the shelf when they are
  // sellable.
  void take_return(std::uint32_t sku, quantity units);
  // Units came back that their shop tells of: inspected as soon as the engine knows of the return.
  void inspect(std::uint32_t sku, quantity units);
  // All that the depot has goes to main, and is on its way until take_in(). Now and then a unit is lost.
  void send_to_main();
  void take_in();
  // A supplier delivers part of the supply `name`, or the rest of it.
  void receive(std::uint32_t sku, quantity units, const std::string& name, bool completes);

  // Takes units off main's shelf to ship them: as many as there are, `wanted` at most.
  [[nodiscard]] quantity pick(std::uint32_t sku, quantity wanted);
  void put_back(std::uint32_t sku, quantity units);

  [[nodiscard]] shelf_by_place shelves() const;

  [[nodiscard]] const shelf_by_place& opening() const { return opening_; }

  [[nodiscard]] warehouse_counts counts() const;

 private:
  struct cargo {
    std::uint32_t sku = 0;
    quantity units = 0;
  };

  [[nodiscard]] boost::json::object line(std::string_view operation, std::uint32_t sku) const;
  void inspect(std::uint32_t sku, quantity units, const std::string& announced);
  void unload(const cargo& arrived);

  courier& courier_;
  const std::vector<log_sku>& skus_;
  const shelf_by_place opening_;
  mutable std::mutex mutex_; // guards all below
  shelf_by_place shelves_;
  std::vector<cargo> on_the_way_;
  bool unloading_ = false; // what is sent from now on arrives at once
  std::size_t unloaded_ = 0;
  warehouse_counts counts_;
};

} // namespace lockstep::app::demo
