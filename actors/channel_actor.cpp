#include "actors/channel_actor.hpp"

#include "actors/channel_state.hpp"
#include "actors/handlers.hpp"
#include "actors/messages.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace lockstep::actors {

namespace {

// Nothing here is due more exactly than that.
constexpr auto tick_min = std::chrono::milliseconds{1};

struct channel_host {
  std::optional<channel_state> state;
  std::optional<engine::time_point> tick_at; // when the next tick comes
  const char* name = "channel";
};

using channel_self = caf::stateful_actor<channel_host>;

// A tick is on its way for the next thing that becomes due; one more when something else is due sooner.
void arm(channel_self* self) {
  auto& host = self->state;
  const auto now = host.state->now();
  const auto wait = std::max<engine::duration>(host.state->wake_at() - now, tick_min);
  if (host.tick_at && *host.tick_at > now && *host.tick_at <= now + wait) return;
  host.tick_at = now + wait;
  self->delayed_send(self, wait, tick{});
}

// Runs one event, then sends what may leave because of it.
template <class Message, class Event>
auto on(channel_self* self, Event event) {
  return [self, event](const Message& message) {
    event(*self->state.state, message);
    self->state.state->work();
    arm(self);
  };
}

// The answer of a request finds its way back by the actor's address: an actor that is gone drops it.
channel_state::deliver deliver_to(channel_self* self) {
  return [to = caf::actor_cast<caf::actor_addr>(self)](std::uint64_t sequence,
                                                       adapters::http_response response) {
    if (const auto alive = caf::actor_cast<caf::actor>(to))
      caf::anon_send(alive, http_answered{sequence, std::move(response)});
  };
}

template <class Message, class... Content>
std::function<void(Content...)> tell_to(channel_self* self) {
  return [to = caf::actor_cast<caf::actor_addr>(self)](Content... content) {
    if (const auto alive = caf::actor_cast<caf::actor>(to)) caf::anon_send(alive, Message{content...});
  };
}

channel_status status_of(channel_self* self) {
  auto out = self->state.state->status();
  out.mailbox = self->mailbox().size();
  return out;
}

caf::response_promise finish_channel(channel_self* self) {
  auto promise = self->make_response_promise();
  self->state.state->finish([promise]() mutable { promise.deliver(true); });
  self->state.state->work();
  arm(self);
  return promise;
}

caf::response_promise compare_channel(channel_self* self, std::size_t limit) {
  auto promise = self->make_response_promise();
  self->state.state->difference(
      limit, [promise](std::vector<channel_difference> rows) mutable { promise.deliver(std::move(rows)); });
  self->state.state->work();
  arm(self);
  return promise;
}

caf::response_promise order_channel(channel_self* self, channel_order what) {
  auto promise = self->make_response_promise();
  self->state.state->order(what,
                           [promise](engine::error why_not) mutable { promise.deliver(std::move(why_not)); });
  self->state.state->work();
  arm(self);
  return promise;
}

caf::behavior run_channel(channel_self* self, const std::shared_ptr<channel_context>& context) {
  set_handlers(*self, "channel " + context->account.name);
  self->state.state.emplace(std::move(*context), deliver_to(self), tell_to<mode_recorded>(self),
                            tell_to<numbers_announced, bool>(self));
  self->send(self, tick{});
  return {
      on<tick>(self, [](auto&, auto&) {}),
      on<numbers_committed>(self, [](auto& s, auto& m) { s.committed(*m.content); }),
      on<channel_known>(self, [](auto& s, auto& m) { s.known(m.also); }),
      on<numbers_announced>(self, [](auto& s, auto& m) { s.announced(m.all); }),
      on<http_answered>(self, [](auto& s, auto& m) { s.answered(m.sequence, m.response); }),
      on<answers_delivered>(self, [](auto& s, auto& m) { s.delivered(m.answers); }),
      on<mode_recorded>(self, [](auto& s, auto&) { s.mode_recorded(); }),
      on<listing_changed>(self, [](auto& s, auto& m) { s.listed(m.content); }),
      on<rules_changed>(self, [](auto& s, auto& m) { s.ruled(m.rules, m.tags); }),
      on<sku_quarantined>(self, [](auto& s, auto& m) { s.quarantined(m.sku, m.released); }),
      [self](get_status) { return status_of(self); },
      [self](const get_difference& asked) { return compare_channel(self, asked.limit); },
      [self](const get_explanation& asked) { return self->state.state->explain(asked.present); },
      [self](const give_order& given) { return order_channel(self, given.what); },
      [self](finish) { return finish_channel(self); },
  };
}

} // namespace

caf::actor spawn_channel(caf::actor_system& system, channel_context context) {
  return system.spawn(run_channel, std::make_shared<channel_context>(std::move(context)));
}

} // namespace lockstep::actors
