#include "tests/engine/lone_sku.hpp"

#include "engine/codec.hpp"

#include <utility>

namespace lockstep::test {
namespace {

struct content_of {
  content_hash hash;

  void operator()(const receive& body) {
    hash.add(body.units).add(static_cast<int>(body.location)).add(body.note);
  }

  void operator()(const adjust& body) {
    hash.add(body.change).add(static_cast<int>(body.location)).add(body.reason);
  }

  void operator()(const engine::count& body) { hash.add(body.counted).add(static_cast<int>(body.location)); }

  void operator()(const set_safety& body) { hash.add(body.rule.value).add(static_cast<int>(body.rule.mode)); }

  void operator()(const hold& body) { hash.add(body.units).add(body.reservation); }

  void operator()(const confirm& body) { hash.add(body.reservation); }

  void operator()(const release& body) { hash.add(body.reservation); }

  void operator()(const ship& body) { hash.add(body.reservation).add(body.shipped); }

  void operator()(const record_line& body) {
    hash.add(body.line).add(body.ordered.value_or(-1)).add(body.cancelled.value_or(-1));
    hash.add(body.shipped.value_or(-1)).add(body.cancelled_now);
  }

  void operator()(const take_return& body) { hash.add(body.line).add(body.units); }

  void operator()(const inspect_return& body) { hash.add(body.sellable).add(body.damaged); }

  void operator()(const resolve_incident& body) { hash.add(body.incident); }

  void operator()(const count_available& body) { hash.add(body.available).add(static_cast<int>(body.location)); }

  void operator()(const follow_velocity& body) { hash.add(body.units); }

  void operator()(const fence& body) { hash.add(body.units).add(static_cast<int>(body.account)); }

  void operator()(const extend& body) { hash.add(body.expires_at.time_since_epoch().count()); }

  void operator()(const allocate& body) { hash.add(body.units).add(static_cast<int>(body.to)); }

  void operator()(const announce_return& body) { hash.add(body.line).add(body.units); }

  void operator()(const close_return& body) { hash.add(body.announced); }

  void operator()(const send_transfer& body) { hash.add(body.transfer).add(body.units); }

  void operator()(const receive_transfer& body) { hash.add(body.transfer).add(body.units); }

  void operator()(const cancel_transfer& body) { hash.add(body.transfer); }

  void operator()(const expect_supply& body) { hash.add(body.supply).add(body.units); }

  void operator()(const cancel_supply& body) { hash.add(body.supply); }

  void operator()(const expire_holds&) {}

  void operator()(const read_stock&) {}
};

} // namespace

command make_command(command_body body, uuid key) {
  content_of content;
  content.hash.add(static_cast<std::int64_t>(body.index()));
  std::visit(content, body);
  command made;
  made.key = key;
  made.content = content.hash.value();
  made.account = account_id{1};
  made.reference = "order 1001";
  made.body = std::move(body);
  return made;
}

sku_state blank_state(duration retention) {
  sku_state blank;
  blank.retention = retention;
  return blank;
}

sku_state fold(sku_state state, const std::vector<fact>& stored) {
  for (const auto& each : stored) {
    if (each.version > state.version) evolve(state, each);
  }
  return state;
}

lone_sku::lone_sku(duration kept) : retention(kept), owner(sku_id{1}, blank_state(kept)) {}

applied lone_sku::apply(const command& asked) {
  auto done = owner.apply(asked, now, recall(asked), &sourcing);
  store(done.expired);
  store(done.decision.facts);
  return done;
}

sku_owner::prepare_result lone_sku::prepare(int group, const command& asked) {
  auto result = owner.prepare(group_id{static_cast<std::uint64_t>(group)}, asked, now, recall(asked),
                              &sourcing);
  store(result.expired);
  return result;
}

applied lone_sku::commit(int group) {
  auto done = owner.commit(group_id{static_cast<std::uint64_t>(group)}, now, &sourcing);
  store(done.expired);
  store(done.decision.facts);
  return done;
}

void lone_sku::abort(int group) {
  owner.abort(group_id{static_cast<std::uint64_t>(group)});
}

void lone_sku::restart(std::string_view snapshot) {
  auto state = blank_state(retention);
  if (!snapshot.empty()) state = decode_snapshot(snapshot, retention).value();
  owner = sku_owner{sku_id{1}, fold(std::move(state), stored)};
}

const remembered* lone_sku::recall(const command& asked) const {
  const auto found = keys_.find(asked.key);
  return asked.key.is_nil() || found == keys_.end() ? nullptr : &found->second;
}

void lone_sku::store(const facts& happened) {
  for (const auto& each : happened) {
    stored.push_back(each);
    if (!each.key.is_nil())
      keys_.try_emplace(each.key, remembered{each.content, each.version, each.available});
  }
}

} // namespace lockstep::test
