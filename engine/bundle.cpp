#include "engine/bundle.hpp"

#include "engine/catalogue.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

namespace lockstep::engine {
namespace {

error refuse(std::string what) {
  return make_error(error_code::refused, std::move(what));
}

// The catalogue as it will be when `changed` is made of `components`.
class composer {
 public:
  composer(const catalogue& known, sku_id changed, const std::vector<component>& components)
      : known_(known), changed_(changed), components_(components) {}

  [[nodiscard]] result<std::vector<bundle>> run() {
    if (auto wrong = find_cycle(changed_)) return refuse("a bundle cannot contain itself: " + *wrong);
    std::vector<bundle> made;
    std::vector<sku_id> next{changed_};
    for (std::size_t i = 0; i < next.size(); ++i) {
      auto whole = flatten(next[i]);
      if (!whole) return whole.error();
      if (whole->height > limits::bundle_depth_max)
        return refuse("'" + code(next[i]) + "' would nest bundles deeper than " +
                      std::to_string(limits::bundle_depth_max) + " levels");
      add(next[i], whole->leaves, made);
      for (const auto above : known_.bundles().containing(next[i]))
        if (std::ranges::find(next, above) == next.end()) next.push_back(above);
    }
    for (const auto& each : made)
      if (each.revision > limits::revisions_per_bundle_max)
        return refuse("the composition of '" + code(each.id) + "' was changed too often");
    return made;
  }

 private:
  struct flat {
    std::vector<component> leaves;
    std::size_t height = 0; // 0: a plain SKU
  };

  [[nodiscard]] std::string code(sku_id sku) const {
    const auto* product = known_.find(sku);
    return product == nullptr ? std::to_string(static_cast<std::int64_t>(sku)) : product->code;
  }

  // Null: a plain SKU.
  [[nodiscard]] const std::vector<component>* parts_of(sku_id sku) const {
    if (sku == changed_) return &components_;
    const auto* present = known_.bundles().find(sku);
    return present == nullptr ? nullptr : &present->components;
  }

  // A way from `sku` back to the changed bundle, by codes. Each SKU is looked at once.
  [[nodiscard]] std::optional<std::string> find_cycle(sku_id sku) {
    const auto* parts = parts_of(sku);
    if (parts == nullptr || !searched_.insert(sku).second) return std::nullopt;
    for (const auto& each : *parts) {
      if (each.sku == changed_) return code(sku) + " > " + code(changed_);
      if (const auto way = find_cycle(each.sku)) return code(sku) + " > " + *way;
    }
    return std::nullopt;
  }

  [[nodiscard]] result<flat> flatten(sku_id sku) {
    if (const auto done = flat_.find(sku); done != flat_.end()) return done->second;
    const auto* parts = parts_of(sku);
    if (parts == nullptr) return flat{{{sku, 1}}, 0};
    flat whole;
    std::map<sku_id, quantity> units;
    for (const auto& each : *parts) {
      const auto part = flatten(each.sku);
      if (!part) return part.error();
      whole.height = std::max(whole.height, part->height + 1);
      for (const auto& leaf : part->leaves)
        if ((units[leaf.sku] += leaf.per * each.per) > limits::component_units_max)
          return refuse("'" + code(sku) + "' would take more than " +
                        std::to_string(limits::component_units_max) + " units of '" + code(leaf.sku) + "'");
    }
    for (const auto& [leaf, per] : units)
      whole.leaves.push_back({leaf, per});
    if (whole.leaves.size() > limits::leaves_per_bundle_max)
      return refuse("'" + code(sku) + "' would take from more than " +
                    std::to_string(limits::leaves_per_bundle_max) + " SKUs");
    return flat_[sku] = std::move(whole);
  }

  // A revision only where something is another.
  void add(sku_id sku, const std::vector<component>& leaves, std::vector<bundle>& made) const {
    const auto* present = known_.bundles().find(sku);
    const auto& components = *parts_of(sku);
    if (present != nullptr && present->components == components && present->leaves == leaves) return;
    made.push_back({sku, present == nullptr ? 1 : present->revision + 1, components, leaves});
  }

  const catalogue& known_;
  sku_id changed_;
  const std::vector<component>& components_;
  std::set<sku_id> searched_;
  std::map<sku_id, flat> flat_;
};

std::optional<error> find_fault(const catalogue& known, sku_id id, const std::vector<component>& components) {
  if (components.empty()) return refuse("a bundle has at least one component");
  if (components.size() > limits::components_per_bundle_max)
    return refuse("a bundle has at most " + std::to_string(limits::components_per_bundle_max) + " components");
  if (known.find(id) == nullptr) return make_error(error_code::not_found, "the bundle is no known SKU");
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto* product = known.find(components[i].sku);
    if (product == nullptr) return refuse("a component is no known SKU");
    if (components[i].per < 1 || components[i].per > limits::component_units_max)
      return refuse("1 to " + std::to_string(limits::component_units_max) + " units of '" + product->code +
                    "' can be in a bundle");
    if (i > 0 && components[i - 1].sku == components[i].sku)
      return refuse("'" + product->code + "' is named twice: add its units up");
  }
  return std::nullopt;
}

std::optional<quantity> times(const std::optional<quantity>& units, quantity per) {
  return units ? std::optional{*units * per} : std::nullopt;
}

// One leaf's part of a bundle's movement.
struct part {
  const component& leaf;

  command_body operator()(record_line line) const {
    line.line = component_line(line.line, leaf.sku);
    line.ordered = times(line.ordered, leaf.per);
    line.cancelled = times(line.cancelled, leaf.per);
    line.shipped = times(line.shipped, leaf.per);
    line.cancelled_now *= leaf.per;
    return line;
  }

  command_body operator()(take_return back) const {
    if (!back.line.is_nil()) back.line = component_line(back.line, leaf.sku);
    back.units *= leaf.per;
    return back;
  }

  command_body operator()(const auto& other) const { return other; }
};

} // namespace

result<void> compositions::put(bundle next) {
  auto& known = revisions_[next.id];
  const auto newest = static_cast<composition_revision>(known.size());
  if (next.revision >= 1 && next.revision <= newest &&
      known[static_cast<std::size_t>(next.revision - 1)] == next)
    return {};
  if (next.revision != newest + 1)
    return make_error(error_code::corrupt, "revision " + std::to_string(next.revision) + " of bundle " +
                                               std::to_string(static_cast<std::int64_t>(next.id)) +
                                               " does not follow revision " + std::to_string(newest));
  if (newest > 0)
    for (const auto& each : known.back().components)
      std::erase(within_[each.sku], next.id);
  for (const auto& each : next.components)
    within_[each.sku].push_back(next.id);
  known.push_back(std::move(next));
  return {};
}

const bundle* compositions::find(sku_id id) const {
  const auto found = revisions_.find(id);
  return found == revisions_.end() || found->second.empty() ? nullptr : &found->second.back();
}

const std::vector<sku_id>& compositions::containing(sku_id id) const {
  static const std::vector<sku_id> none;
  const auto found = within_.find(id);
  return found == within_.end() ? none : found->second;
}

void compositions::each(const std::function<void(const bundle&)>& visit) const {
  for (const auto& [id, revisions] : revisions_)
    std::ranges::for_each(revisions, visit);
}

result<std::vector<bundle>> compose(const catalogue& known, sku_id id, std::vector<component> components) {
  std::ranges::sort(components, {}, &component::sku);
  if (auto fault = find_fault(known, id, components)) return *std::move(fault);
  return composer{known, id, components}.run();
}

uuid component_line(const uuid& line, sku_id leaf) {
  return movement_key(line, "component", std::to_string(static_cast<std::int64_t>(leaf)));
}

bool suits_bundle(const command_body& asked) {
  if (const auto* back = std::get_if<take_return>(&asked)) return back->announced.is_nil();
  return std::holds_alternative<record_line>(asked) || std::holds_alternative<read_stock>(asked) ||
         std::holds_alternative<expire_holds>(asked) || std::holds_alternative<resolve_incident>(asked);
}

std::vector<addressed> expand(const bundle& of, const command& asked) {
  std::vector<addressed> all;
  all.reserve(of.leaves.size() + 1);
  all.emplace_back(of.id, asked);
  auto& own = all.front().second.body;
  if (auto* line = std::get_if<record_line>(&own)) line->location = composed(of.revision);
  if (auto* back = std::get_if<take_return>(&own)) back->location = composed(of.revision);
  for (const auto& leaf : of.leaves) {
    command mine;
    mine.account = asked.account;
    mine.occurred_at = asked.occurred_at;
    mine.reference = asked.reference;
    mine.body = std::visit(part{leaf}, asked.body);
    all.emplace_back(leaf.sku, std::move(mine));
  }
  return all;
}

} // namespace lockstep::engine
