// Wires the admin console to the node.
#include "actors/console.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "actors/node_parts.hpp"

namespace lockstep::actors {

result<std::uint16_t> node::open_console(std::string address, std::uint16_t port, std::string token,
                                         std::function<void()> shutdown_asked) {
  auto& p = *parts_;
  console_context context;
  context.address = std::move(address);
  context.port = port;
  context.token = std::move(token);
  context.shutdown_asked = std::move(shutdown_asked);
  context.statistics = [this] { return statistics(); };
  context.find_sku = [this](std::string_view code) -> std::optional<engine::sku_id> {
    const auto view = catalogue();
    const auto* found = view->find_code(code);
    return found == nullptr ? std::nullopt : std::optional{found->id};
  };
  context.find_account = [this](std::string_view name) -> std::optional<engine::account_id> {
    const auto view = catalogue();
    const auto* found = view->find_account(name);
    return found == nullptr ? std::nullopt : std::optional{found->id};
  };
  context.code_of = [this](engine::sku_id sku) {
    const auto view = catalogue();
    const auto* found = view->find(sku);
    return found == nullptr ? std::string{} : found->code;
  };
  context.account_name = [this](engine::account_id account) {
    const auto view = catalogue();
    const auto* found = view->find(account);
    return found == nullptr ? std::string{} : found->name;
  };
  context.location_code = [this](engine::location_id location) { return catalogue()->code_of(location); };
  context.bundle_of = [this](engine::sku_id sku) -> std::optional<engine::bundle> {
    const auto view = catalogue();
    const auto* found = view->bundles().find(sku);
    return found == nullptr ? std::nullopt : std::optional{*found};
  };
  context.rules_of = [this](engine::account_id account) { return catalogue()->rules_of(account); };
  context.add_sink = [this](answer_sink& sink) { return add_sink(sink); };
  context.submit = [this](submission command) { return submit(std::move(command)); };
  context.listen = [&p](std::shared_ptr<fact_listener> listener) {
    p.shared.outlets.listen(std::move(listener));
  };
  context.stop_listening = [&p](const std::shared_ptr<fact_listener>& listener) {
    p.shared.outlets.stop_listening(listener);
  };
  context.channels = [this] { return channels(); };
  context.channel_diff = [this](engine::account_id account, std::size_t limit) {
    return channel_diff(account, limit);
  };
  context.explain = [this](engine::sku_id sku) {
    engine::number present;
    present.sku = sku; // as the channels have heard it
    return explain(present, {});
  };
  context.look_up = [this](std::string_view value) { return adapters::rest::look_up(*catalogue(), {}, value); };
  context.order_channel = [this](engine::account_id account, channel_order what) {
    return order_channel(account, what);
  };
  context.release_sku = [this](engine::sku_id sku) { return release_sku(sku); };
  context.top = [this](std::size_t limit) { return top(limit); };
  context.incidents = [this] { return incidents(); };
  context.snapshot = [&p]() -> result<std::size_t> {
    const auto written = p.write_snapshots(std::chrono::steady_clock::now() + limits::actor_answer_timeout);
    if (!written)
      return engine::make_error(engine::error_code::unavailable, "the snapshots are not durable yet");
    return *written;
  };
  context.open_reader = [this] { return open_reader(); };
  const auto number = static_cast<std::int64_t>(p.consoles.size());
  context.watch = [&p, number](const caf::actor& broker) {
    caf::anon_send(p.shared.supervisor, watch{broker, watch::kind::console, number, "console"});
  };
  auto opened = console::open(p.system, std::move(context));
  if (!opened) return opened.error();
  p.consoles.push_back(std::move(*opened));
  return p.consoles.back()->port();
}

} // namespace lockstep::actors
