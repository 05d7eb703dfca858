// What a channel actor starts with, what it leaves behind for the next start, and how it compares the two.
#include "actors/channel_state.hpp"

#include "adapters/log.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lockstep::actors {

namespace {

using engine::account_mode;
using engine::push_state;

engine::listing_push::stored stored_of(const storage::publication& known) {
  return {.last = {known.counter, known.sku_version, known.quantity, known.at},
          .expected = known.expected,
          .uncertain = known.uncertain,
          .parked = known.parked};
}

// Whether a publication is all that must be known of a listing, should no fact be newer.
bool settled(const storage::publication& known) {
  return !known.parked.empty() || (known.counter > 0 && !known.uncertain);
}

bool same(const engine::listing& a, const engine::listing& b) {
  return a.sku == b.sku && a.item == b.item && a.variant == b.variant && a.location == b.location &&
         a.rule == b.rule;
}

template <class Items, class Id>
void sort_by(Items& items, Id id) {
  if (!std::ranges::is_sorted(items, {}, id)) std::ranges::sort(items, {}, id);
}

// A question of a person about numbers is answered without those that were not told by then.
constexpr auto difference_wait = std::chrono::seconds{1};

// By then the actor of a SKU that failed has a successor.
constexpr auto announce_again_wait = std::chrono::seconds{1};

} // namespace

// --- start
// ------------------------------------------------------------------------------------------------------------

void channel_state::put_listings() {
  // Both in the order of the listings' ids, as nearly always they come: one walk through either.
  auto& published = context_.acknowledged;
  sort_by(published, &storage::publication::listing);
  sort_by(context_.listings, &engine::listing::id);
  auto next = published.cbegin();
  // An account that observes may have been restored from a backup: nothing that was recorded then counts.
  const bool relies = context_.account.mode != account_mode::observe;
  const bool told = context_.told_to && relies;
  if (told) push_.heard(told_to_ = *context_.told_to);
  facts_to_ = context_.facts_to;
  push_.rule(context_.rules, started_at_);
  for (auto& [sku, names] : context_.tags)
    push_.tag(sku, std::move(names), started_at_);
  context_.tags = {};
  push_.reserve(context_.listings.size());
  for (auto& each : context_.listings) {
    while (next != published.cend() && next->listing < each.id)
      ++next;
    const auto* shown = next != published.cend() && next->listing == each.id ? &*next : nullptr;
    const auto stored = shown != nullptr ? stored_of(*shown) : engine::listing_push::stored{};
    const bool rests = told && shown != nullptr && settled(*shown) && !context_.changed.contains(each.sku);
    if (!rests) needed_.push_back(each.sku);
    const bool clean = rests || (context_.clean_start && (relies || shown == nullptr));
    const auto slot = push_.put(std::move(each), &stored, clean, started_at_);
    if (rests) push_.rest(slot);
  }
  context_.listings = {};
  context_.acknowledged = {};
  context_.changed = {};
}

void channel_state::known(std::span<const engine::sku_id> also) {
  catch_up_listings();
  auto skus = std::exchange(needed_, {});
  if (context_.account.mode != account_mode::observe) {
    skus.insert(skus.end(), also.begin(), also.end());
    return ask_numbers(std::move(skus));
  }
  // Should it be activated and die at once, the next start must not rely on what was settled before.
  if (context_.told_to) context_.services.record({storage::watermark{context_.account.id, "numbers", {}}});
}

// What was changed before persistence knew this actor was told to its predecessor, or to nobody.
void channel_state::catch_up_listings() {
  const auto present = context_.services.catalogue();
  present->each_listing([&](const engine::listing& each) {
    if (each.account != context_.account.id) return;
    if (const auto* product = present->find(each.sku)) push_.tag(each.sku, product->tags, now());
    const auto* slot = push_.find(each.id);
    if (slot != nullptr && same(push_.content(*slot), each)) return;
    put_changed(each);
    needed_.push_back(each.sku);
  });
}

void channel_state::ask_numbers(std::vector<engine::sku_id> skus) {
  std::ranges::sort(skus);
  skus.erase(std::ranges::unique(skus).begin(), skus.end());
  ++announcements_;
  announced_ = false;
  if (skus.empty()) return announced(true);
  asked_.insert(asked_.end(), skus.begin(), skus.end());
  context_.services.announce(std::move(skus), tell_announced_);
}

void channel_state::ask_unknown_numbers() {
  std::vector<engine::sku_id> skus;
  for (engine::channel_push::slot s = 0; s < push_.size(); ++s)
    if (!push_.number_of(s).known) skus.push_back(push_.content(s).sku);
  ask_numbers(std::move(skus));
}

void channel_state::ask_lost_numbers() {
  ask_again_at_.reset();
  ask_numbers(std::exchange(asked_, {}));
}

void channel_state::announced(bool all) {
  announcements_ = std::max(0, announcements_ - 1);
  if (!all) ask_again_at_ = now() + announce_again_wait;
  if (announcements_ > 0 || ask_again_at_) return;
  announced_ = true;
  asked_ = {};
  push_.heard(facts_to_);
}

// --- what is recorded
// -------------------------------------------------------------------------------------------------

storage::publication channel_state::publication_of(engine::channel_push::slot slot) const {
  const auto& p = push_.protocol(slot);
  return {.listing = push_.content(slot).id,
          .counter = p.last().counter,
          .sku_version = p.last().version,
          .quantity = p.last().value,
          .expected = p.expected().value_or(0),
          .at = p.last().at,
          .uncertain = push_.says_uncertain(slot),
          .parked = p.parked_because()};
}

// Publications, and behind them up to which fact they are all that is needed: durable together.
void channel_state::record_publications(engine::time_point at) {
  recorded_at_ = at;
  if (context_.lag != nullptr) context_.lag->store(push_.sale_to_shown().count(), std::memory_order_relaxed);
  const bool tells = announced_ && context_.account.mode != account_mode::observe;
  // A number that has waited for its tier twice over waits for something else.
  const auto pinned =
      std::max<engine::duration>(limits::number_pinned_max, 2 * context_.options.slow_interval);
  const auto told_to = tells ? push_.told_to(at - pinned) : told_to_;
  const auto changed = push_.take_changed();
  if (changed.empty() && told_to <= told_to_) return;
  // After hours without a record there may be more than one commit should hold; the cursor goes with the
  // last.
  std::span<const engine::channel_push::slot> slots{changed};
  while (slots.size() > limits::facts_per_batch_max) {
    if (!record(slots.first(limits::facts_per_batch_max), told_to_)) return;
    slots = slots.subspan(limits::facts_per_batch_max);
  }
  (void)record(slots, told_to); // a refusal is in the log
}

bool channel_state::record(std::span<const engine::channel_push::slot> slots, engine::time_point told_to) {
  bool ruled = false;
  const auto recorded = context_.services.change(
      [&](const engine::catalogue& present) {
        std::vector<storage::record> records;
        for (const auto slot : slots) {
          auto shown = publication_of(slot);
          // A change of the listing that is on its way here has made its publication uncertain already.
          const auto& content = push_.content(slot);
          const auto* listed = present.find(content.id);
          if (listed != nullptr && (listed->sku != content.sku || !(listed->rule == content.rule)))
            shown.uncertain = true;
          records.emplace_back(std::move(shown));
        }
        // Nor does the cursor come back before the rules that took it away are known here.
        ruled = present.rules_of(context_.account.id).revision != push_.rules().revision;
        if (told_to > told_to_ && !ruled)
          records.emplace_back(storage::watermark{context_.account.id, "numbers", told_to});
        return records;
      },
      {});
  if (recorded && !ruled) told_to_ = std::max(told_to_, told_to);
  if (!recorded)
    adapters::log::write(adapters::log::level::error, "channel-record-refused", recorded.error().what);
  return recorded.has_value();
}

// --- what differs
// -----------------------------------------------------------------------------------------------------

void channel_state::difference(std::size_t limit, difference_answer answered) {
  const auto at = now();
  if (context_.account.mode == account_mode::observe && announcements_ == 0) ask_unknown_numbers();
  differences_.push_back({limit, std::move(answered), at + difference_wait});
  answer_differences(at);
}

void channel_state::answer_differences(engine::time_point at) {
  std::erase_if(differences_, [&](asked_difference& each) {
    if (!announced_ && announcements_ > 0 && at < each.until) return false;
    each.answered(differing(each.limit));
    return true;
  });
}

std::vector<channel_difference> channel_state::differing(std::size_t limit) const {
  std::vector<channel_difference> rows;
  for (engine::channel_push::slot s = 0; s < push_.size() && rows.size() < limit; ++s) {
    const auto& p = push_.protocol(s);
    const auto& listing = push_.content(s);
    channel_difference row{
        .sku = listing.sku, .listing = listing.id, .shown = p.expected(), .wanted = {}, .why = {}};
    if (p.has_number()) row.wanted = p.wanted();
    if (push_.rests(s) && p.state() != push_state::parked) continue; // settled, and nothing happened since
    if (p.state() == push_state::parked)
      row.why = "parked: " + p.parked_because();
    else if (!p.has_number() && announcements_ > 0)
      row.why = "its number is being read";
    else if (!p.has_number())
      row.why = "no number yet: never counted or received";
    else if (!p.expected())
      row.why = "not read yet";
    else if (p.held_back() > 0)
      row.why = fmt::format("{} units held back until orders tell", p.held_back());
    else if (*p.expected() != p.wanted())
      row.why = "the number differs";
    else if (p.uncertain())
      row.why = "the last write's answer was lost";
    else
      continue;
    rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace lockstep::actors
