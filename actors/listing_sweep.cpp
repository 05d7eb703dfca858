#include "actors/listing_sweep.hpp"

#include "adapters/log.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::actors {

listing_sweep::listing_sweep(const channel_context& context, engine::channel_push& push,
                             engine::time_point first)
    : context_(context), push_(push), next_at_(first) {}

std::optional<engine::time_point> listing_sweep::request_at() const {
  return asked_ ? std::nullopt : std::optional{next_at_};
}

void listing_sweep::want_now(engine::time_point now) {
  next_at_ = std::min(next_at_, now);
}

adapters::http_request listing_sweep::ask(engine::time_point now) {
  asked_ = true;
  asked_at_ = now;
  return context_.options.adapter->encode_list(cursor_);
}

void listing_sweep::answered(const adapters::read_result& page, engine::time_point now) {
  asked_ = false;
  next_at_ = now + limits::sweep_page_gap;
  if (page.verdict != adapters::batch_verdict::judged) return;
  for (const auto& item : page.items)
    compare(item, now);
  if (page.next_cursor.empty() || page.next_cursor == cursor_) return end(now);
  cursor_ = page.next_cursor;
}

void listing_sweep::compare(const adapters::shown& item, engine::time_point now) {
  const auto* slot = slot_of(item);
  if (slot == nullptr) return consider(item);
  const auto& known = push_.content(*slot);
  if (known.variant.empty() && !item.variant.empty()) learned_.push_back({known.id, item.variant});
  if (item.value) push_.swept(*slot, *item.value, asked_at_, now);
}

const engine::channel_push::slot* listing_sweep::slot_of(const adapters::shown& item) const {
  const auto known = context_.services.catalogue();
  const auto* listed = known->find_item(context_.account.id, item.target.item, item.target.location);
  return listed == nullptr ? nullptr : push_.find(listed->id);
}

// Two items that seem to be one SKU at one place cannot both be right: neither is mapped, a person must.
void listing_sweep::consider(const adapters::shown& item) {
  engine::listing seen;
  seen.account = context_.account.id;
  seen.item = item.target.item;
  seen.variant = item.variant;
  seen.location = item.target.location;
  bool listed_already = false;
  {
    const auto known = context_.services.catalogue();
    const auto sku = sku_of(*known, item);
    if (!sku) {
      ++without_sku_;
      return;
    }
    seen.sku = *sku;
    listed_already = listed_otherwise(*known, seen);
  }
  auto key = fmt::format("{}\n{}", static_cast<std::int64_t>(seen.sku), seen.location);
  const auto [found, added] = candidates_.try_emplace(std::move(key));
  if (!added || listed_already) ++found->second.items;
  found->second.found = std::move(seen);
}

// Whether another item of the account is that SKU at that place.
bool listing_sweep::listed_otherwise(const engine::catalogue& known, const engine::listing& found) const {
  const auto listings = known.listings_of(found.sku);
  return std::any_of(listings.begin(), listings.end(), [&](engine::listing_id id) {
    const auto* other = known.find(id);
    return other != nullptr && other->account == found.account && other->location == found.location &&
           other->item != found.item;
  });
}

// By the variant's number first: a SKU's text need not be unique in a shop.
std::optional<engine::sku_id> listing_sweep::sku_of(const engine::catalogue& known,
                                                    const adapters::shown& item) const {
  if (!item.variant.empty()) {
    const auto scheme = fmt::format("{}_variant:{}", context_.account.marketplace, context_.account.name);
    const auto skus = known.find_identifier(scheme, item.variant);
    if (skus.size() == 1) return skus.front();
    if (skus.size() > 1) return std::nullopt;
  }
  const auto* product = item.sku.empty() ? nullptr : known.find_code(item.sku);
  return product == nullptr ? std::nullopt : std::optional{product->id};
}

namespace {

// Numbers are made of the listing's own name, the next free one when two names share them: 52 bits of a hash
// (readers of JSON keep 53).
engine::listing_id new_id(const engine::catalogue& known, const engine::listing& of) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << 52) - 1;
  engine::content_hash name;
  name.add(static_cast<std::int64_t>(of.account)).add(of.item).add(of.location);
  auto number = static_cast<std::int64_t>(name.value() & mask);
  while (known.find(engine::listing_id{number}) != nullptr)
    ++number;
  return engine::listing_id{number};
}

} // namespace

// A listing may have got another rule, another SKU or its variant since its page was read: only the variant
// is ours to add.
void listing_sweep::record_variants() {
  for (const auto& each : std::exchange(learned_, {})) {
    const auto add = [&](const engine::catalogue& known) -> std::vector<storage::record> {
      const auto* listed = known.find(each.listing);
      if (listed == nullptr || !listed->variant.empty()) return {};
      auto completed = *listed;
      completed.variant = each.variant;
      return {std::move(completed)};
    };
    if (const auto kept = context_.services.change(add, {}); !kept) log_refused(kept.error());
  }
}

// Each for itself: one that a person has listed otherwise meanwhile must not keep the others out.
bool listing_sweep::map(const engine::listing& found) const {
  const auto add = [&](const engine::catalogue& known) -> result<std::vector<storage::record>> {
    if (listed_otherwise(known, found))
      return engine::make_error(engine::error_code::conflict,
                                "another item of the account is this SKU already");
    auto listing = found;
    listing.id = new_id(known, found);
    return std::vector<storage::record>{std::move(listing)};
  };
  const auto kept = context_.services.change(add, {});
  if (!kept) log_refused(kept.error());
  return kept.has_value();
}

void listing_sweep::log_refused(const engine::error& why) const {
  adapters::log::write(adapters::log::level::warning, "listing-not-mapped", why.what,
                       {{"account", std::string_view{context_.account.name}}});
}

void listing_sweep::map_candidates() {
  std::int64_t mapped = 0;
  for (const auto& [key, each] : std::exchange(candidates_, {})) {
    if (each.items == 1 && map(each.found))
      ++mapped;
    else
      unmapped_ += each.items;
  }
  if (mapped == 0) return;
  adapters::log::write(adapters::log::level::info, "listings-mapped",
                       "items of the channel were mapped to SKUs",
                       {{"account", std::string_view{context_.account.name}}, {"listings", mapped}});
}

void listing_sweep::end(engine::time_point now) {
  cursor_.clear();
  completed_once_ = true;
  unmapped_ = std::exchange(without_sku_, 0);
  record_variants();
  map_candidates();
  next_at_ = now + context_.options.sweep_interval;
}

} // namespace lockstep::actors
