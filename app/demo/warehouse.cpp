#include "app/demo/warehouse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::app::demo {

namespace json = boost::json;

namespace {

// One unit of every so many inspections is damaged, one unit of every so many transfers is lost.
constexpr std::size_t damaged_every = 4;
constexpr std::size_t lost_every = 5;

constexpr auto main_shelf = static_cast<std::size_t>(place::main);
constexpr auto depot_shelf = static_cast<std::size_t>(place::depot);

bool is_promised(std::string_view code) {
  return code == "insufficient-stock" || code == "below-zero";
}

} // namespace

warehouse::warehouse(courier& told, const std::vector<log_sku>& skus, shelf_by_place opening)
    : courier_(told), skus_(skus), opening_(std::move(opening)), shelves_(opening_) {}

json::object warehouse::line(std::string_view operation, std::uint32_t sku) const {
  return {{"op", json::string_view{operation.data(), operation.size()}}, {"sku", skus_[sku].code}};
}

// Units that are not there any more, or are promised to orders, are not written off: the shelf tells the one, the
// engine the other.
void warehouse::write_off(std::uint32_t sku, quantity units, const std::string& reason) {
  {
    const std::lock_guard lock{mutex_};
    if (shelves_[main_shelf][sku] < units) {
      ++counts_.written_off_refused;
      counts_.written_off_refused_units += units;
      return;
    }
    shelves_[main_shelf][sku] -= units; // nobody ships them meanwhile; put back when the engine refuses
  }
  auto told = line("adjustment", sku);
  told["change"] = -units;
  told["reason"] = reason;
  const auto done = [this, units] {
    const std::lock_guard lock{mutex_};
    ++counts_.written_off;
    counts_.written_off_units += units;
  };
  const auto refused = [this, sku, units](std::string_view code) {
    const std::lock_guard lock{mutex_};
    shelves_[main_shelf][sku] += units;
    if (!is_promised(code)) return refused_as::unexpected;
    ++counts_.written_off_refused;
    counts_.written_off_refused_units += units;
    return refused_as::expected;
  };
  courier_.send({std::move(told), done, refused});
}

void warehouse::find(std::uint32_t sku, quantity units, const std::string& reason) {
  auto told = line("adjustment", sku);
  told["change"] = units;
  told["reason"] = reason;
  const auto done = [this, sku, units] {
    const std::lock_guard lock{mutex_};
    shelves_[main_shelf][sku] += units;
    ++counts_.found;
    counts_.found_units += units;
  };
  courier_.send({std::move(told), done, {}});
}

void warehouse::take_return(std::uint32_t sku, quantity units) {
  std::string name;
  {
    const std::lock_guard lock{mutex_};
    name = fmt::format("R-{}", ++counts_.announced);
    counts_.announced_units += units;
  }
  auto announced = line("announce-return", sku);
  announced["return"] = name;
  announced["units"] = units;
  announced["note"] = "no order told";
  auto arrival = line("return-arrival", sku);
  arrival["return"] = name;
  arrival["units"] = units;
  const auto taken = [this, sku, units, name] { inspect(sku, units, name); };
  const auto known = [this, arrival = std::move(arrival), taken] { courier_.send({arrival, taken, {}}); };
  courier_.send({std::move(announced), known, {}});
}

void warehouse::inspect(std::uint32_t sku, quantity units) {
  inspect(sku, units, "");
}

// The engine may be asked before the shop has told it of the return.
void warehouse::inspect(std::uint32_t sku, quantity units, const std::string& announced) {
  quantity damaged = 0;
  {
    const std::lock_guard lock{mutex_};
    if (++counts_.inspections % damaged_every == 0) damaged = 1;
  }
  const auto sellable = units - damaged;
  auto told = line("inspection", sku);
  if (sellable > 0) told["sellable"] = sellable;
  if (damaged > 0) told["damaged"] = damaged;
  if (!announced.empty()) told["return"] = announced;
  const auto done = [this, sku, sellable, damaged] {
    const std::lock_guard lock{mutex_};
    shelves_[main_shelf][sku] += sellable;
    counts_.sellable_units += sellable;
    counts_.damaged_units += damaged;
  };
  const auto refused = [](std::string_view code) {
    return code == "below-zero" || code == "unknown-location" ? refused_as::too_early
                                                              : refused_as::unexpected;
  };
  courier_.send({std::move(told), done, refused});
}

void warehouse::send_to_main() {
  for (std::uint32_t sku = 0; sku < skus_.size(); ++sku) {
    const auto units = opening_[depot_shelf][sku];
    if (units == 0) continue;
    auto told = line("transfer", sku);
    told["transfer"] = fmt::format("T-{}", skus_[sku].code);
    told["units"] = units;
    told["from"] = "depot";
    told["to"] = "main";
    const auto done = [this, sku, units] {
      const std::lock_guard lock{mutex_};
      shelves_[depot_shelf][sku] -= units;
      ++counts_.sent;
      counts_.sent_units += units;
      if (unloading_)
        unload({sku, units});
      else
        on_the_way_.push_back({sku, units});
    };
    const auto refused = [this](std::string_view code) {
      if (!is_promised(code)) return refused_as::unexpected;
      const std::lock_guard lock{mutex_};
      ++counts_.sent_refused;
      return refused_as::expected;
    };
    courier_.send({std::move(told), done, refused});
  }
}

void warehouse::take_in() {
  const std::lock_guard lock{mutex_};
  unloading_ = true;
  for (const auto& arrived : on_the_way_)
    unload(arrived);
  on_the_way_.clear();
}

// In two parts, of which the second ends the transfer.
void warehouse::unload(const cargo& arrived) {
  const quantity lost = ++unloaded_ % lost_every == 0 && arrived.units > 1 ? 1 : 0;
  const auto first = arrived.units / 2;
  const auto part = [&](quantity units, quantity missing, bool completes) {
    auto told = line("transfer-receipt", arrived.sku);
    told["transfer"] = fmt::format("T-{}", skus_[arrived.sku].code);
    told["units"] = units;
    if (completes) told["completes"] = true;
    const auto done = [this, sku = arrived.sku, units, missing] {
      const std::lock_guard lock{mutex_};
      shelves_[main_shelf][sku] += units;
      counts_.lost_units += missing;
    };
    courier_.send({std::move(told), done, {}});
  };
  if (first > 0) part(first, 0, false);
  part(arrived.units - first - lost, lost, true);
}

void warehouse::receive(std::uint32_t sku, quantity units, const std::string& name, bool completes) {
  auto told = line("receipt", sku);
  told["units"] = units;
  told["supply"] = name;
  if (completes) told["completes"] = true;
  const auto done = [this, sku, units] {
    const std::lock_guard lock{mutex_};
    shelves_[main_shelf][sku] += units;
    ++counts_.supply_receipts;
    counts_.supplied_units += units;
  };
  courier_.send({std::move(told), done, {}});
}

quantity warehouse::pick(std::uint32_t sku, quantity wanted) {
  const std::lock_guard lock{mutex_};
  auto& there = shelves_[main_shelf][sku];
  const auto picked = std::clamp<quantity>(there, 0, wanted);
  there -= picked;
  return picked;
}

void warehouse::put_back(std::uint32_t sku, quantity units) {
  const std::lock_guard lock{mutex_};
  shelves_[main_shelf][sku] += units;
}

shelf_by_place warehouse::shelves() const {
  const std::lock_guard lock{mutex_};
  return shelves_;
}

warehouse_counts warehouse::counts() const {
  const std::lock_guard lock{mutex_};
  return counts_;
}

} // namespace lockstep::app::demo
