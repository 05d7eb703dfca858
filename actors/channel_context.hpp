// What a channel actor is given and what it may ask for: everything outside it is a function, so that a test
// can drive one channel with virtual time and no sockets.
#pragma once

#include "actors/answer.hpp"
#include "actors/lag_book.hpp"
#include "actors/node.hpp"
#include "adapters/http_client.hpp"
#include "engine/catalogue.hpp"
#include "engine/number.hpp"
#include "storage/store.hpp"

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace lockstep::actors {

// What one commit made durable, for every channel actor: the last number of each SKU it touched, and the
// sales that accounts' own shops reported. Sent after COMMIT, never before.
struct committed_numbers {
  engine::time_point committed_at{};
  std::vector<engine::number> numbers; // at most one per SKU
  std::vector<engine::own_sale> sales;
  engine::time_point facts_to{}; // no later commit is before that, as stores read by time
};

// Tags of products that have some, or had some until now.
using tags_by_sku = std::vector<std::pair<engine::sku_id, std::vector<std::string>>>;

struct channel_services {
  std::function<engine::time_point()> now;
  // Makes records durable some time soon, in order. No answer.
  std::function<void(std::vector<storage::record>)> record;
  // Makes durable what `make` makes of the catalogue, which nobody changes meanwhile; `durable` is called
  // after the commit, on another thread, and must not throw. An error: nothing is changed, `durable` is not
  // called.
  std::function<result<void>(const catalogue_change& make, std::function<void()> durable)> change;
  // Sends order lines to their SKUs. Answers come back as `answers_delivered`, with the tickets' request and
  // part as given.
  std::function<admission(std::vector<submission>)> submit;
  std::function<node::catalogue_view()> catalogue;
  // Each of these SKUs tells its number to every channel account; then `told` is called, on another thread.
  std::function<void(std::vector<engine::sku_id> skus, std::function<void(bool all)> told)> announce;
  // As http_client::send; `done` is called on a thread of the client's.
  std::function<void(adapters::http_request, std::function<void(adapters::http_response)> done)> send;
};

struct channel_context {
  engine::account account;
  channel_options options;
  std::vector<engine::listing> listings;
  engine::account_rules rules; // as they are durable; further ones are told
  tags_by_sku tags;
  std::vector<storage::publication> acknowledged;   // by listing, as stored
  std::optional<engine::time_point> orders_read_to; // stored watermark; none on the first day
  bool clean_start = false;                         // the last process drained: equal numbers need no push
  // Facts up to then are settled, or `acknowledged` says what is not; none: nothing is known to be.
  std::optional<engine::time_point> told_to;
  boost::unordered_flat_set<engine::sku_id> changed; // SKUs with facts since, and those ever quarantined
  engine::time_point facts_to{};                     // a fact that is not newer than the newest one read
  lag_book::figure* lag = nullptr; // where it tells how long a sale takes until it shows here; may be left out
  channel_services services;
};

} // namespace lockstep::actors
