// The end of a replay: nothing is sold any more, and everything under way is waited for.
#include "app/demo/verification.hpp"

#include <fmt/format.h>

#include <limits>
#include <thread>

namespace lockstep::app::demo {

using namespace std::chrono_literals;
using actors::channel_order;

namespace {

constexpr auto check_again = 100ms;
constexpr auto flush_every = 1s;

class settling {
 public:
  settling(world& in, std::chrono::seconds patience) : in_(in), until_(clock::now() + patience) {}

  std::string run();

 private:
  using clock = std::chrono::steady_clock;

  // Asks `open` what is left until it is nothing. False: the time is up, left_ says what.
  template <class Open>
  [[nodiscard]] bool wait(Open open);
  [[nodiscard]] std::string undelivered();
  [[nodiscard]] std::string unread(engine::time_point since);
  [[nodiscard]] std::string unpushed();
  void order_all(channel_order what);

  world& in_;
  clock::time_point until_;
  std::string left_;
};

template <class Open>
bool settling::wait(Open open) {
  for (;;) {
    left_ = open();
    if (left_.empty()) return true;
    if (const auto why = in_.failure(); !why.empty()) {
      left_ = why;
      return false;
    }
    if (clock::now() >= until_) return false;
    std::this_thread::sleep_for(check_again);
  }
}

void settling::order_all(channel_order what) {
  for (std::size_t i = 0; i < shop_names.size(); ++i)
    (void)in_.node().order_channel(in_.account(i), what); // asked again
}

std::string settling::undelivered() {
  for (std::size_t i = 0; i < shop_names.size(); ++i)
    if (const auto left = in_.shopping()[i]->statistics().webhooks_waiting; left > 0)
      return fmt::format("{}: {} webhooks to be delivered", shop_names[i], left);
  return {};
}

// An order poll that began after the last sale has told everything that webhooks did not.
std::string settling::unread(engine::time_point since) {
  const auto all = in_.node().channels();
  if (!all) return all.error().what;
  for (const auto& each : *all)
    if (each.orders_read_to < since) return fmt::format("{}: orders are not read to the end", each.name);
  return {};
}

std::string settling::unpushed() {
  const auto all = in_.node().channels();
  if (!all) return all.error().what;
  for (const auto& each : *all) {
    if (each.pending > 0 || each.in_flight > 0 || each.uncertain > 0)
      return fmt::format("{}: {} listings to be pushed, {} in flight, {} uncertain ({})", each.name,
                         each.pending, each.in_flight, each.uncertain, each.state);
    const auto differ = in_.node().channel_diff(each.id, 1);
    if (!differ) return differ.error().what;
    if (!differ->empty()) return fmt::format("{}: a listing differs: {}", each.name, differ->front().why);
  }
  return {};
}

std::string settling::run() {
  // What the office is answered may let it do more.
  const auto idle = [this] {
    if (!in_.telling().wait_idle(clock::now() + check_again)) return "the warehouse is not done";
    return in_.people().close() ? "the office is not done" : "";
  };
  if (!wait([this] { return undelivered(); })) return left_;
  const auto ended = std::chrono::floor<engine::duration>(std::chrono::system_clock::now());
  order_all(channel_order::resume); // reads the orders soon
  if (!wait([&] { return unread(ended); })) return left_;
  if (!wait(idle)) return left_;
  auto flushed = clock::time_point{};
  const auto pushed = [&] {
    if (clock::now() - flushed >= flush_every) {
      flushed = clock::now();
      order_all(channel_order::flush);
    }
    return unpushed();
  };
  return wait(pushed) ? "" : left_;
}

} // namespace

std::string settle(world& in, std::chrono::seconds patience) {
  return settling{in, patience}.run();
}

} // namespace lockstep::app::demo
