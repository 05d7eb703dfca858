#include "actors/console.hpp"

#include "actors/console_server.hpp"
#include "actors/console_sink.hpp"
#include "actors/console_worker.hpp"
#include "actors/handlers.hpp"
#include "actors/messages.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>

namespace lockstep::actors {

namespace {

using engine::error_code;
using engine::make_error;
using shared_context = std::shared_ptr<const console_context>;

caf::behavior serve(caf::io::broker* self, const shared_context& context,
                    const std::shared_ptr<console_sink>& sink, std::uint16_t sink_number,
                    console_worker* worker, const caf::io::doorman_ptr& door) {
  set_handlers(*self, "console");
  sink->hand_to(self);
  auto server = std::make_shared<console_server>(self, context, sink, sink_number, *worker);
  self->set_exit_handler([self, server](caf::exit_msg& asked) {
    server->stop();
    self->quit(std::move(asked.reason));
  });
  self->add_doorman(door);
  using namespace caf::io;
  return {
      [server](const new_connection_msg& event) { server->accept(event.handle); },
      [server](const new_data_msg& event) { server->receive(event.handle, event.buf); },
      [server](const data_transferred_msg& event) { server->transferred(event.handle, event.remaining); },
      [server](const connection_closed_msg& event) { server->closed(event.handle); },
      [](const acceptor_closed_msg&) {},
      [](const connection_passivated_msg&) {},
      [](const acceptor_passivated_msg&) {},
      [server](const answers_delivered& given) { server->answered(given.answers); },
      [server](const console_reply& reply) { server->replied(reply); },
      [server](const facts_committed& commit) { server->happened(commit); },
      [server](const console_deadline& deadline) { server->expired(deadline); },
  };
}

} // namespace

result<std::unique_ptr<console>> console::open(caf::actor_system& system, console_context context) {
  if (context.token.empty())
    return make_error(error_code::refused, "the console needs a token: set console.token_file");
  const auto port = context.port;
  std::unique_ptr<console> opened{new console{system, std::move(context)}};
  if (auto started = opened->start(port); !started) return started.error();
  return opened;
}

console::console(caf::actor_system& system, console_context context)
    : system_(system), sink_(std::make_shared<console_sink>()), sink_number_(context.add_sink(*sink_)),
      context_(std::make_shared<const console_context>(std::move(context))) {}

console::~console() {
  close();
}

result<void> console::start(std::uint16_t port) {
  auto door = system_.middleman().backend().new_tcp_doorman(port, context_->address.c_str(), true);
  if (!door)
    return make_error(error_code::unavailable,
                      fmt::format("the console cannot listen on {}:{}: another program may have the port",
                                  context_->address, port));
  port_ = (*door)->port();
  worker_ = std::make_unique<console_worker>(context_);
  broker_ = system_.middleman().spawn_broker(serve, context_, sink_, sink_number_, worker_.get(), *door);
  if (context_->watch) context_->watch(broker_);
  return {};
}

result<void> console::reopen() {
  const std::lock_guard guard{lock_};
  if (closed_) return {};
  end_actors();
  context_->stop_listening(sink_); // of a tail that ended with its connection
  return start(port_);
}

void console::close() {
  const std::lock_guard guard{lock_};
  closed_ = true;
  end_actors();
}

void console::end_actors() {
  if (!broker_) return;
  const caf::scoped_actor self{system_};
  caf::anon_send_exit(broker_, caf::exit_reason::user_shutdown);
  self->wait_for(broker_);
  broker_ = nullptr;
  worker_.reset();
}

} // namespace lockstep::actors
