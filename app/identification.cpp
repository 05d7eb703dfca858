#include "app/identification.hpp"

#include "actors/waiting_sink.hpp"
#include "adapters/log.hpp"
#include "adapters/rest/identifier_scheme.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace lockstep::app {

using adapters::http_response;
using adapters::ecomsource::known_product;
using adapters::ecomsource::lookup_status;
using engine::identifier;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view source_name = "ecomsource";

// A SKU whose codes are asked for one after the other, until one of them is known there.
struct search {
  engine::sku_id sku{};
  std::vector<identifier> codes;
  std::size_t asked = 0;
};

bool can_ask(const identifier& code) {
  return !adapters::ecomsource::service_type(code).empty();
}

// Those that are printed on the thing come first: a service knows them best.
std::vector<identifier> codes_to_ask(const engine::product* of) {
  std::vector<identifier> codes;
  if (of != nullptr) std::ranges::copy_if(of->identifiers, std::back_inserter(codes), can_ask);
  std::ranges::stable_partition(codes, [](const identifier& code) { return code.scheme != "asin"; });
  return codes;
}

bool lacks_one_kind(const std::vector<identifier>& codes) {
  return !codes.empty() && (codes.front().scheme == "asin") == (codes.back().scheme == "asin");
}

struct answered {
  std::vector<identifier> codes;
  http_response answer;
};

// Between the thread that asks, the client's and whoever wants something. An answer may come after the end.
struct desk {
  std::mutex lock;
  std::condition_variable changed;
  std::vector<answered> answers;
  std::deque<engine::sku_id> wanted;
  identification_status status;
  bool stop = false;
};

} // namespace

struct identification::state {
  state(actors::node& asks_for, adapters::http_client& sends, identification_options given)
      : node(asks_for), client(sends), chosen(std::move(given)), queue(chosen.queue),
        sink_number(node.add_sink(records)), thread([this] { run(); }) {}

  void run();
  [[nodiscard]] bool take_turn();
  [[nodiscard]] engine::time_point now() const;
  void walk();
  void go_on(search of);
  void send_due();
  void settle(const answered& one);
  void propose(const search& of, const std::vector<known_product>& products);
  [[nodiscard]] std::vector<storage::record> proposals(const search& of,
                                                       const std::vector<known_product>& products,
                                                       const engine::catalogue& known) const;
  [[nodiscard]] bool is_durable(std::uint32_t request);
  void tell_trouble();

  actors::node& node;
  adapters::http_client& client;
  const identification_options chosen;
  adapters::ecomsource::lookup_queue queue;
  std::multimap<identifier, search> searches; // by the code they wait for
  identification_status counts;               // copied to the desk after each turn
  std::size_t in_flight = 0;
  std::string walked_to; // code of the last SKU looked at
  std::uint32_t last_record = 0;
  bool failing = false; // said once
  std::minstd_rand random{std::random_device{}()};
  const engine::time_point began =
      std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  const std::chrono::steady_clock::time_point began_steadily = std::chrono::steady_clock::now();
  actors::waiting_sink records;
  const std::uint16_t sink_number;
  const std::shared_ptr<desk> in = std::make_shared<desk>();
  std::thread thread; // last: it uses all of the above
};

engine::time_point identification::state::now() const {
  return began + std::chrono::duration_cast<engine::duration>(std::chrono::steady_clock::now() - began_steadily);
}

void identification::state::run() {
  while (take_turn()) {
    const auto ready = queue.ready_at(now());
    const bool may_send = ready && in_flight < limits::lookup_requests_in_flight_max;
    const auto pause = may_send ? std::max(*ready - now(), engine::duration{0}) : engine::duration{1min};
    std::unique_lock guard{in->lock};
    counts.waiting = searches.size() + in->wanted.size();
    counts.trouble = queue.trouble();
    counts.allowance_back_at = queue.allowance_back_at(now());
    counts.all = in->status.all;
    in->status = counts;
    in->changed.wait_for(guard, std::min(pause, engine::duration{1min}), [this] {
      return in->stop || !in->answers.empty() ||
             (!in->wanted.empty() && searches.size() < limits::lookup_waiting_max) ||
             (in->status.all && searches.size() < limits::lookup_ahead_min);
    });
  }
}

// False when it is time to stop.
bool identification::state::take_turn() {
  std::vector<answered> answers;
  std::deque<engine::sku_id> wanted;
  bool all = false;
  {
    const std::lock_guard guard{in->lock};
    if (in->stop) return false;
    answers.swap(in->answers);
    if (searches.size() < limits::lookup_waiting_max) wanted.swap(in->wanted);
    in->status.waiting = searches.size() + wanted.size() + in->wanted.size();
    all = in->status.all;
  }
  for (const auto& one : answers)
    settle(one);
  for (const auto sku : wanted) {
    auto codes = codes_to_ask(node.catalogue()->find(sku));
    go_on({sku, std::move(codes), 0}); // not while the catalogue is held
  }
  if (all) walk();
  send_due();
  tell_trouble();
  return true;
}

// A page of the catalogue, while few are under way.
void identification::state::walk() {
  if (searches.size() >= limits::lookup_ahead_min) return;
  std::vector<std::pair<engine::sku_id, std::vector<identifier>>> found;
  std::size_t seen = 0;
  {
    const auto known = node.catalogue();
    for (const auto* product : known->list(walked_to, limits::page_size_max)) {
      ++seen;
      walked_to = product->code;
      auto codes = codes_to_ask(product);
      if (lacks_one_kind(codes)) found.emplace_back(product->id, std::move(codes));
    }
  }
  for (auto& [sku, codes] : found)
    go_on({sku, std::move(codes), 0});
  if (seen == limits::page_size_max) return;
  walked_to.clear();
  const std::lock_guard guard{in->lock};
  in->status.waiting = searches.size() + in->wanted.size(); // nobody shall see neither
  in->status.all = false;
}

void identification::state::go_on(search of) {
  for (; of.asked < of.codes.size(); ++of.asked) {
    const auto code = of.codes[of.asked];
    if (const auto* products = queue.find(code, now())) {
      if (products->empty()) continue;
      ++counts.found;
      return propose(of, *products);
    }
    if (queue.ask(code, now())) {
      searches.emplace(code, std::move(of));
    } else {
      ++counts.given_up;
    }
    return;
  }
  ++counts.unknown;
}

void identification::state::send_due() {
  while (in_flight < limits::lookup_requests_in_flight_max) {
    auto codes = queue.next(now());
    if (codes.empty()) return;
    ++in_flight;
    auto request = adapters::ecomsource::encode_lookup(chosen.account, codes);
    client.send(std::move(request), [to = in, codes = std::move(codes)](http_response answer) mutable {
      const std::lock_guard guard{to->lock};
      to->answers.push_back({std::move(codes), std::move(answer)});
      to->changed.notify_one();
    });
  }
}

void identification::state::settle(const answered& one) {
  --in_flight;
  auto read = adapters::ecomsource::decode_lookup(one.answer, one.codes);
  ++counts.requests[static_cast<std::size_t>(read.status)];
  const auto settled =
      queue.settle(one.codes, std::move(read), now(), std::uniform_real_distribution{}(random));
  for (const auto& code : settled) {
    std::vector<search> waiting;
    const auto [begin_of, end_of] = searches.equal_range(code);
    for (auto at = begin_of; at != end_of; ++at)
      waiting.push_back(std::move(at->second));
    searches.erase(begin_of, end_of);
    const bool answers_it = queue.find(code, now()) != nullptr;
    for (auto& each : waiting) {
      if (answers_it)
        go_on(std::move(each));
      else
        ++counts.given_up;
    }
  }
}

std::vector<storage::record>
identification::state::proposals(const search& of, const std::vector<known_product>& products,
                                 const engine::catalogue& known) const {
  std::vector<storage::record> told;
  std::vector<identifier> proposed;
  const auto* item = known.find(of.sku);
  if (item == nullptr) return told;
  for (const auto& product : products)
    for (const auto& code : product.identifiers) {
      const bool twice = std::ranges::find(proposed, code) != proposed.end();
      if (twice || adapters::rest::bears(item->identifiers, code) || told.size() == limits::lookup_identifiers_max)
        continue;
      proposed.push_back(code);
      told.emplace_back(storage::proposal{
          {of.sku, code}, of.codes[of.asked], std::string{source_name}, product.title, now()});
    }
  return told;
}

// Made while nobody changes the catalogue: what a person confirms meanwhile is not opened again behind them.
void identification::state::propose(const search& of, const std::vector<known_product>& products) {
  std::size_t count = 0;
  const auto make = [&](const engine::catalogue& known) -> engine::result<std::vector<storage::record>> {
    auto told = proposals(of, products, known);
    count = told.size();
    if (count == 0) return engine::make_error(engine::error_code::refused, "nothing new");
    return told;
  };
  const auto request = ++last_record;
  const auto taken = node.change(make, {.sink = sink_number, .request = request});
  if (count == 0) return;
  if (!taken) adapters::log::write(adapters::log::level::warning, "proposals-lost", taken.error().what);
  if (taken && is_durable(request))
    counts.proposals += count;
  else
    ++counts.given_up;
}

// Waits as long as the store is away: there is nothing else to do for this thread.
bool identification::state::is_durable(std::uint32_t request) {
  for (;;) {
    const auto recorded = records.wait(request, std::chrono::steady_clock::now() + 100ms);
    if (recorded) return recorded->kind == actors::answer_kind::recorded;
    const std::lock_guard guard{in->lock};
    if (in->stop) return false;
  }
}

void identification::state::tell_trouble() {
  const auto& why = queue.trouble();
  if (!why.empty() && !failing)
    adapters::log::write(adapters::log::level::warning, "lookups-failing",
                         "the look-up service of identifiers does not answer", {{"why", std::string_view{why}}});
  if (why.empty() && failing)
    adapters::log::write(adapters::log::level::info, "lookups-answered", "the look-up service answers again");
  failing = !why.empty();
}

identification::identification(actors::node& node, adapters::http_client& client, identification_options chosen)
    : state_(std::make_unique<state>(node, client, std::move(chosen))) {}

identification::~identification() {
  stop();
}

void identification::stop() {
  {
    const std::lock_guard guard{state_->in->lock};
    state_->in->stop = true;
  }
  state_->in->changed.notify_one();
  if (state_->thread.joinable()) state_->thread.join();
}

identification::verdict identification::ask(engine::sku_id sku) {
  if (codes_to_ask(state_->node.catalogue()->find(sku)).empty()) return verdict::nothing_to_ask;
  {
    auto& in = *state_->in;
    const std::lock_guard guard{in.lock};
    if (in.stop || in.wanted.size() >= limits::lookup_waiting_max) return verdict::full;
    in.wanted.push_back(sku);
    ++in.status.waiting;
    in.status.allowance_back_at.reset(); // its answer may be known already
  }
  state_->in->changed.notify_one();
  return verdict::queued;
}

void identification::ask_all() {
  {
    const std::lock_guard guard{state_->in->lock};
    state_->in->status.all = true;
    state_->in->status.allowance_back_at.reset();
  }
  state_->in->changed.notify_one();
}

identification_status identification::status() const {
  const std::lock_guard guard{state_->in->lock};
  return state_->in->status;
}

} // namespace lockstep::app
