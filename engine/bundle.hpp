// A product made of others. It has no stock of its own: what it takes is taken from its leaves, the plain SKUs
// at the bottom of its composition. A change of the composition is a new revision, and no revision ever
// changes, so that an order line goes on with what it was recorded under.
//
// The line of a bundle is recorded twice in one transaction: by the bundle's own SKU, with cumulative values and
// velocity and without any stock, and by every leaf as a line of its own (component_line) with the units times
// `per`. The bundle's facts carry the revision where others carry a location.
#pragma once

#include "engine/command.hpp"
#include "engine/error.hpp"
#include "engine/types.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace lockstep::engine {

class catalogue;

// Of a bundle's composition: 1, 2, 3, ... 0: none, a plain SKU.
using composition_revision = std::int32_t;

// The "location" of a bundle's own line.
[[nodiscard]] constexpr location_id composed(composition_revision revision) {
  return location_id{-1 - revision};
}

// 0: the location is one.
[[nodiscard]] constexpr composition_revision revision_of(location_id location) {
  return location < anywhere ? -1 - static_cast<std::int32_t>(location) : 0;
}

[[nodiscard]] constexpr bool is_composed(location_id location) {
  return location < anywhere;
}

struct component {
  sku_id sku{};
  quantity per = 0; // units in one bundle
  friend bool operator==(const component&, const component&) = default;
};

struct bundle {
  sku_id id{};
  composition_revision revision = 0;
  std::vector<component> components; // as a person defined it, ascending by SKU
  std::vector<component> leaves;     // all plain SKUs below, each once, ascending
  friend bool operator==(const bundle&, const bundle&) = default;
};

// Every revision of every bundle. Part of the catalogue, and guarded with it.
class compositions {
 public:
  // Revisions come in order. error_code::corrupt when one is missing, or another of that number is known.
  [[nodiscard]] result<void> put(bundle next);

  // The newest; null for a plain SKU. Valid until the next put().
  [[nodiscard]] const bundle* find(sku_id id) const;
  // Bundles whose newest composition names `id` itself.
  [[nodiscard]] const std::vector<sku_id>& containing(sku_id id) const;
  // All revisions, the first of a bundle first.
  void each(const std::function<void(const bundle&)>& visit) const;

  [[nodiscard]] bool empty() const { return revisions_.empty(); }

 private:
  boost::unordered_flat_map<sku_id, std::vector<bundle>> revisions_;
  boost::unordered_flat_map<sku_id, std::vector<sku_id>> within_;
};

// What must be recorded so that `id` is made of `components`: its next revision, then those of the bundles that
// contain it, at any depth. Empty when that is so already. error_code::refused, naming SKUs by their codes: a
// component is unknown, named twice or the bundle itself, a cycle, a limit (see limits.hpp). Whether the SKU has
// stock is not known here.
[[nodiscard]] result<std::vector<bundle>> compose(const catalogue& known, sku_id id,
                                                  std::vector<component> components);

// Id of the line that a leaf records for a bundle's line.
[[nodiscard]] uuid component_line(const uuid& line, sku_id leaf);

// True for what can be told or asked of a bundle; everything else is refused (refusal::is_bundle).
[[nodiscard]] bool suits_bundle(const command_body& asked);

using addressed = std::pair<sku_id, command>;

// A record_line or take_return of a bundle as commands that are decided together: first the bundle's own, with
// the key, then one per leaf.
[[nodiscard]] std::vector<addressed> expand(const bundle& of, const command& asked);

} // namespace lockstep::engine
