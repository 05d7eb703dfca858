#include "actors/listing_sweep.hpp"

#include "adapters/log.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

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
  const auto* slot = push_.find_item(item.target.item, item.target.location);
  if (slot == nullptr) return consider(item);
  complete_listing(push_.content(*slot), item);
  if (item.value) push_.swept(*slot, *item.value, asked_at_, now);
}

// A listing that was imported may lack the id its orders carry.
void listing_sweep::complete_listing(engine::listing known, const adapters::shown& item) {
  if (!known.variant.empty() || item.variant.empty()) return;
  known.variant = item.variant;
  completed_.emplace_back(std::move(known));
}

// Two items that seem to be one SKU at one place cannot both be right: neither is mapped, a person must.
void listing_sweep::consider(const adapters::shown& item) {
  std::optional<engine::sku_id> sku;
  bool listed_already = false;
  {
    const auto known = context_.services.catalogue();
    sku = sku_of(*known, item);
    if (!sku) {
      ++without_sku_;
      return;
    }
    for (const auto id : known->listings_of(*sku)) {
      const auto* other = known->find(id);
      listed_already |= other != nullptr && other->account == context_.account.id &&
                        other->location == item.target.location && other->item != item.target.item;
    }
  }
  auto key = fmt::format("{}\n{}", static_cast<std::int64_t>(*sku), item.target.location);
  const auto [found, added] = candidates_.try_emplace(std::move(key));
  if (!added || listed_already) ++found->second.items;
  auto& listing = found->second.found;
  listing.account = context_.account.id;
  listing.sku = *sku;
  listing.item = item.target.item;
  listing.variant = item.variant;
  listing.location = item.target.location;
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

// Numbers are made of the listing's own name, so that accounts that map at the same time never take the same
// one: 52 bits of a hash (readers of JSON keep 53), the next free one when two names share them.
engine::listing_id listing_sweep::new_id(const engine::catalogue& known, const engine::listing& of) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << 52) - 1;
  engine::content_hash name;
  name.add(static_cast<std::int64_t>(of.account)).add(of.item).add(of.location);
  auto number = static_cast<std::int64_t>(name.value() & mask);
  while (known.find(engine::listing_id{number}) != nullptr || !given_.insert(number).second)
    ++number;
  return engine::listing_id{number};
}

void listing_sweep::map_candidates() {
  auto mapped = std::exchange(completed_, {});
  {
    const auto known = context_.services.catalogue();
    for (auto& [key, each] : candidates_) {
      if (each.items > 1) {
        unmapped_ += each.items;
        continue;
      }
      each.found.id = new_id(*known, each.found);
      mapped.emplace_back(std::move(each.found));
    }
  }
  candidates_.clear();
  if (mapped.empty()) return;
  adapters::log::write(adapters::log::level::info, "listings-mapped",
                       "items of the channel were mapped to SKUs",
                       {{"account", std::string_view{context_.account.name}},
                        {"listings", static_cast<std::int64_t>(mapped.size())}});
  context_.services.record(std::move(mapped));
}

void listing_sweep::end(engine::time_point now) {
  cursor_.clear();
  completed_once_ = true;
  unmapped_ = std::exchange(without_sku_, 0);
  map_candidates();
  next_at_ = now + context_.options.sweep_interval;
}

} // namespace lockstep::actors
