// One channel actor under CAF's deterministic scheduler: virtual time, a fake channel (fake_channel.hpp), and
// a ledger that is a map. Requests wait until the test answers them.
#pragma once

#include "actors/channel_actor.hpp"
#include "actors/dead_letter_book.hpp"
#include "actors/messages.hpp"
#include "tests/actors/fake_channel.hpp"
#include "tests/catch.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <fmt/format.h>

#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace lockstep::tests {

using namespace std::chrono_literals;

class channel_rig {
 public:
  struct options {
    std::size_t listings = 4; // items "i1" ... of SKUs "s1" ..., shown and published as 10 by version 1
    bool stored = true;       // false: nothing was ever published
    bool clean = true;
    engine::account_mode mode = engine::account_mode::active;
    actors::drift_policy drift = actors::drift_policy::ask;
    std::chrono::milliseconds slow_interval = 1h;
    std::optional<engine::time_point> orders_read_to{};
    bool variants = true; // false: the listings were imported without the ids that orders carry
    adapters::capabilities able = fake_adapter{}.able;
    // What the process before left; without `told_to` every number is needed.
    std::optional<engine::time_point> told_to{};
    std::vector<std::size_t> changed{}; // SKUs with facts since
    std::size_t uncertain = 0;          // listing whose publication says so
    std::size_t parked = 0;
    std::size_t unpublished = 0;
  };

  channel_rig() : channel_rig(options{}) {}

  explicit channel_rig(const options& chosen) : adapter_(std::make_shared<fake_adapter>()) {
    adapter_->able = chosen.able;
    adapter_->order_time = start_time() - 1h;
    account_ = {engine::account_id{1}, "shop", "fake", chosen.mode};
    (void)catalogue_.put(account_);
    for (std::size_t i = 1; i <= 40; ++i)
      (void)catalogue_.put(engine::product{sku(i), fmt::format("s{}", i), "", {}});
    for (std::size_t i = 1; i <= chosen.listings; ++i)
      add_listing(i, chosen);
    actors::channel_context context;
    context.account = account_;
    context.options = {.account = "shop", .marketplace = "fake", .adapter = adapter_, .drift = chosen.drift};
    context.options.slow_interval = chosen.slow_interval;
    context.listings = listings_;
    context.acknowledged = stored_;
    context.orders_read_to = chosen.orders_read_to;
    context.clean_start = chosen.clean;
    context.told_to = chosen.told_to;
    context.facts_to = chosen.told_to.value_or(engine::time_point{});
    for (const auto each : chosen.changed)
      context.changed.insert(sku(each));
    context.services = services();
    actor_ = actors::spawn_channel(system_, std::move(context));
    run();
  }

  ~channel_rig() {
    caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
    actor_ = nullptr;
    scheduler().run();
    requests_.clear();
  }

  channel_rig(const channel_rig&) = delete;
  channel_rig& operator=(const channel_rig&) = delete;

  // --- time
  static engine::time_point start_time() { return engine::time_point{std::chrono::hours{24 * 365 * 56}}; }

  [[nodiscard]] engine::time_point now() {
    return start_time() + std::chrono::duration_cast<engine::duration>(scheduler().clock().now() - began_);
  }

  void run() { scheduler().run(); }

  void pass(std::chrono::milliseconds time) {
    const auto step = time > 10min ? 1000ms : 10ms;
    for (auto left = time; left > 0ms; left -= step) {
      scheduler().advance_time(std::min(left, step));
      run();
    }
  }

  // --- the ledger
  static engine::sku_id sku(std::size_t i) { return engine::sku_id{static_cast<std::int64_t>(i)}; }

  struct told {
    std::size_t sku = 1;
    engine::quantity available = 0;
    double per_day = 0;
    bool by_person = false;
    bool by_sale = true;
    engine::quantity sold_here = 0; // an own sale of the same commit, one minute old
    engine::version version = 0;    // 0: the next one
  };

  void commit(std::vector<told> changes) {
    auto content = std::make_shared<actors::committed_numbers>();
    content->committed_at = content->facts_to = now();
    for (const auto& each : changes) {
      engine::number number;
      number.sku = sku(each.sku);
      number.version = each.version > 0 ? each.version : ++versions_[each.sku] + 1;
      number.available = each.available;
      number.known = true;
      number.by_person = each.by_person;
      number.by_sale = each.by_sale;
      number.velocity = velocity_of(each.per_day);
      content->numbers.push_back(number);
      if (each.sold_here != 0)
        content->sales.push_back({account_.id, sku(each.sku), each.sold_here, now() - 1min});
    }
    send(actors::numbers_committed{std::move(content)});
  }

  // Every SKU tells its number, as the node makes them at the start. Version 1, unless something was
  // committed.
  void announce(engine::quantity available = 10, engine::version version = 1) {
    auto content = std::make_shared<actors::committed_numbers>();
    for (const auto& listing : listings_) {
      engine::number number;
      number.sku = listing.sku;
      number.version = version;
      number.available = available;
      number.known = true;
      content->numbers.push_back(number);
    }
    send(actors::numbers_committed{std::move(content)});
    send(actors::numbers_announced{});
  }

  // Answers the submitted lines as persistence does: answers first, then the numbers.
  void answer_lines(engine::refusal reason = engine::refusal::none) {
    actors::answers_delivered answers;
    for (const auto& line : std::exchange(submitted, {})) {
      actors::answer each;
      each.to = line.to;
      each.sku = line.sku;
      each.reason = reason;
      answers.answers.push_back(each);
    }
    send(std::move(answers));
  }

  // Persistence knows the channel; the numbers that it asks for are in `numbers_asked` then.
  void begin(std::vector<std::size_t> also = {}) {
    actors::channel_known message;
    for (const auto each : also)
      message.also.push_back(sku(each));
    send(std::move(message));
  }

  template <class Message>
  void send(Message message) {
    caf::anon_send(actor_, std::move(message));
    run();
  }

  // --- the channel
  // Bodies of the requests that wait for an answer.
  [[nodiscard]] std::vector<std::string> waiting() const {
    std::vector<std::string> out;
    for (const auto& each : requests_)
      out.push_back(each.body);
    return out;
  }

  // The rows of the only write that waits, such as "i1=9/10 i2=0"; "" when none does.
  [[nodiscard]] std::string write() const { return rows_of("write"); }

  [[nodiscard]] std::string read() const { return rows_of("read"); }

  [[nodiscard]] bool asks(const std::string& kind) const { return find(kind) < requests_.size(); }

  [[nodiscard]] std::string key() const {
    const auto i = find("write");
    return i == requests_.size() ? "" : requests_[i].body.substr(6, requests_[i].body.find(' ', 6) - 6);
  }

  // Answers the oldest waiting request of a kind.
  void answer(const std::string& kind, const std::string& body) {
    const auto i = find(kind);
    INFO("waiting for " << kind);
    REQUIRE(i < requests_.size());
    const auto done = requests_[i].done;
    requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
    adapters::http_response response;
    response.status = 200;
    response.body = body;
    done(std::move(response));
    run();
  }

  // What every test needs first: numbers, and an order poll without orders.
  void start() {
    announce();
    answer("orders", "");
  }

  // --- questions and orders
  [[nodiscard]] actors::channel_status status() { return ask<actors::channel_status>(actors::get_status{}); }

  // Of the one listing of a SKU, whose owner has told `present`.
  [[nodiscard]] actors::listing_explanation explain(std::size_t i, const engine::number& present = {}) {
    auto asked = present;
    asked.sku = sku(i);
    const auto found = ask<std::vector<actors::listing_explanation>>(actors::get_explanation{asked});
    REQUIRE(found.size() == 1);
    return found.front();
  }

  [[nodiscard]] std::vector<actors::channel_difference> difference() {
    return ask<std::vector<actors::channel_difference>>(actors::get_difference{100});
  }

  using differences = std::vector<actors::channel_difference>;

  // Asks and returns at once; the answer comes later.
  [[nodiscard]] std::shared_ptr<std::optional<differences>> ask_difference() {
    auto into = std::make_shared<std::optional<differences>>();
    asker_ = system_.spawn(
        [](caf::event_based_actor* self, const caf::actor& channel,
           const std::shared_ptr<std::optional<differences>>& answer) {
          self->request(channel, caf::infinite, actors::get_difference{100}).then([answer](differences& got) {
            *answer = std::move(got);
          });
        },
        actor_, into);
    run();
    return into;
  }

  [[nodiscard]] std::string order(actors::channel_order what) {
    return ask<engine::error>(actors::give_order{what}).what;
  }

  // Asks for the end; `finished` becomes true when it is answered.
  void finish() {
    asker_ = system_.spawn(
        [](caf::event_based_actor* self, const caf::actor& channel, bool* done) {
          self->request(channel, caf::infinite, actors::finish{}).then([done](bool answer) {
            *done = answer;
          });
        },
        actor_, &finished);
    run();
  }

  template <class Record>
  [[nodiscard]] std::vector<Record> recorded() const {
    std::vector<Record> out;
    for (const auto& each : records)
      if (const auto* one = std::get_if<Record>(&each)) out.push_back(*one);
    return out;
  }

  // What was recorded while `commits_held` becomes durable.
  void release_commits() {
    commits_held = false;
    for (const auto& durable : std::exchange(uncommitted_, {}))
      durable();
  }

  // Gives an order and returns at once; the answer is in `answered_order` when it came.
  void give(actors::channel_order what) {
    answered_order.reset();
    asker_ = system_.spawn(
        [](caf::event_based_actor* self, const caf::actor& channel, const actors::give_order& asked,
           std::optional<std::string>* into) {
          self->request(channel, caf::infinite, asked).then([into](const engine::error& got) {
            *into = got.what;
          });
        },
        actor_, actors::give_order{what}, &answered_order);
    run();
  }

  // A person changes a listing: the catalogue and the channel know it.
  void put_listing(const engine::listing& changed) {
    REQUIRE(catalogue_.put(changed));
    send(actors::listing_changed{changed});
  }

  // The account has other rules, and products other tags: the catalogue knows it.
  void put_in_catalogue(const engine::account_rule& changed) {
    REQUIRE(catalogue_.put(changed));
    catalogue_.revise_rules(account_.id);
  }

  // And the channel, too.
  void put_rule(const engine::account_rule& changed, actors::tags_by_sku tags = {}) {
    put_in_catalogue(changed);
    send(actors::rules_changed{catalogue_.rules_of(account_.id), std::move(tags)});
  }

  // The change is on its way to the channel.
  void put_in_catalogue(const engine::listing& changed) { REQUIRE(catalogue_.put(changed)); }

  [[nodiscard]] const engine::listing& listing(std::size_t i) const { return listings_[i - 1]; }

  bool commits_held = false;
  std::optional<std::string> answered_order;
  bool finished = false;
  std::vector<storage::record> records;
  std::vector<actors::submission> submitted;
  std::vector<std::size_t> numbers_asked; // SKUs whose numbers were asked for
  bool tells = true;              // what was asked for counts as told at once
  actors::admission admission = actors::admission::accepted;

  [[nodiscard]] fake_adapter& adapter() const { return *adapter_; }

 private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };

  struct request {
    std::string body;
    std::function<void(adapters::http_response)> done;
  };

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }

  engine::velocity velocity_of(double per_day) {
    engine::velocity one;
    one.count(now());
    return engine::velocity::restore(per_day / one.per_day(now()), now());
  }

  void add_listing(std::size_t i, const options& chosen) {
    engine::listing listing;
    listing.id = engine::listing_id{static_cast<std::int64_t>(i)};
    listing.account = account_.id;
    listing.sku = sku(i);
    listing.item = fmt::format("i{}", i);
    if (chosen.variants) listing.variant = fmt::format("v{}", i);
    listing.location = "here";
    (void)catalogue_.put(listing);
    listings_.push_back(listing);
    if (!chosen.stored || i == chosen.unpublished) return;
    storage::publication known;
    known.listing = listing.id;
    known.counter = known.sku_version = 1;
    known.quantity = known.expected = 10;
    known.at = start_time() - 24h;
    known.uncertain = i == chosen.uncertain;
    if (i == chosen.parked) known.parked = "not stocked here";
    stored_.push_back(known);
  }

  actors::channel_services services() {
    return {.now = [this] { return now(); },
            .record =
                [this](std::vector<storage::record> more) {
                  for (const auto& each : more) {
                    const auto* letter = std::get_if<storage::dead_letter>(&each);
                    if (letter == nullptr || letters_.claim(*letter)) records.push_back(each);
                  }
                },
            .change = [this](const actors::catalogue_change& make,
                             std::function<void()> durable) { return change(make, std::move(durable)); },
            .submit =
                [this](std::vector<actors::submission> lines) {
                  if (admission == actors::admission::accepted)
                    submitted.insert(submitted.end(), lines.begin(), lines.end());
                  return admission;
                },
            .catalogue =
                [this] {
                  return actors::node::catalogue_view{catalogue_, std::shared_lock{lock_}};
                },
            .announce =
                [this](std::vector<engine::sku_id> skus, const std::function<void(bool)>& done) {
                  for (const auto each : skus)
                    numbers_asked.push_back(static_cast<std::size_t>(each));
                  if (done && tells) done(true);
                },
            .send =
                [this](adapters::http_request message, auto done) {
                  requests_.push_back({std::move(message.body), std::move(done)});
                }};
  }

  // As the node does it; the commit waits while `commits_held`.
  engine::result<void> change(const actors::catalogue_change& make, std::function<void()> durable) {
    auto made = make(catalogue_);
    if (!made) return made.error();
    for (const auto& each : *made)
      if (const auto* listing = std::get_if<engine::listing>(&each))
        if (auto put = catalogue_.put(*listing); !put) return put;
    records.insert(records.end(), made->begin(), made->end());
    if (durable) uncommitted_.push_back(std::move(durable));
    if (!commits_held) release_commits();
    return {};
  }

  // Index of the oldest waiting request of a kind; one past the end when there is none.
  [[nodiscard]] std::size_t find(const std::string& kind) const {
    std::size_t i = 0;
    while (i < requests_.size() && !requests_[i].body.starts_with(kind))
      ++i;
    return i;
  }

  [[nodiscard]] std::string rows_of(const std::string& kind) const {
    const auto i = find(kind);
    if (i == requests_.size()) return "";
    const auto& body = requests_[i].body;
    return body.substr(body.find(' ', kind == "write" ? 6 : 0) + 1);
  }

  template <class Answer, class Question>
  Answer ask(Question question) {
    std::optional<Answer> out;
    asker_ = system_.spawn(
        [](caf::event_based_actor* self, const caf::actor& channel, const Question& asked,
           std::optional<Answer>* into) {
          self->request(channel, caf::infinite, asked).then([into](Answer& got) { *into = std::move(got); });
        },
        actor_, std::move(question), &out);
    run();
    REQUIRE(out);
    return std::move(*out);
  }

  config config_;
  caf::actor_system system_{config_};
  caf::actor_clock::time_point began_ = scheduler().clock().now();
  std::shared_ptr<fake_adapter> adapter_;
  engine::account account_;
  actors::dead_letter_book letters_; // as the node does it
  engine::catalogue catalogue_;
  std::shared_mutex lock_;
  std::vector<engine::listing> listings_;
  std::vector<storage::publication> stored_;
  std::map<std::size_t, engine::version> versions_;
  std::vector<std::function<void()>> uncommitted_;
  std::deque<request> requests_;
  caf::actor asker_;
  caf::actor actor_;
};

} // namespace lockstep::tests
