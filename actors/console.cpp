#include "actors/console.hpp"

#include "actors/console_query.hpp"
#include "actors/console_server.hpp"
#include "actors/console_sink.hpp"
#include "actors/messages.hpp"
#include "adapters/log.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>

namespace lockstep::actors {

namespace {

using engine::error_code;
using engine::make_error;
using shared_context = std::shared_ptr<const console_context>;

caf::error exception_caught(std::exception_ptr& thrown) {
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
    // Not one of ours; there is nothing to read from it.
  }
  adapters::log::write(adapters::log::level::error, "console-failed", what);
  return caf::exit_reason::unhandled_exception;
}

caf::behavior answer_questions(caf::event_based_actor* self, const shared_context& context) {
  self->set_exception_handler([](std::exception_ptr& thrown) { return exception_caught(thrown); });
  auto query = std::make_shared<console_query>(*context);
  return {
      [query, context](const console_question& question) {
        return console_reply{question.session, question.request, query->run(question.asked)};
      },
  };
}

caf::behavior serve(caf::io::broker* self, const shared_context& context,
                    const std::shared_ptr<console_sink>& sink, std::uint16_t sink_number,
                    const caf::actor& worker, const caf::io::doorman_ptr& door) {
  sink->hand_to(self);
  self->link_to(worker);
  self->set_exception_handler([](std::exception_ptr& thrown) { return exception_caught(thrown); });
  auto server = std::make_shared<console_server>(self, context, sink, sink_number, worker);
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
  auto door = system.middleman().backend().new_tcp_doorman(context.port, context.address.c_str(), true);
  if (!door) {
    return make_error(error_code::unavailable,
                      fmt::format("the console cannot listen on {}:{}: another program may have the port",
                                  context.address, context.port));
  }
  const auto port = (*door)->port();
  auto sink = std::make_shared<console_sink>();
  const auto sink_number = context.add_sink(*sink);
  const auto shared = std::make_shared<const console_context>(std::move(context));

  std::unique_ptr<console> opened{new console{system, sink, port}};
  opened->worker_ = system.spawn<caf::detached>(answer_questions, shared);
  opened->broker_ = system.middleman().spawn_broker(serve, shared, sink, sink_number, opened->worker_, *door);
  return opened;
}

console::console(caf::actor_system& system, std::shared_ptr<console_sink> sink, std::uint16_t port)
    : system_(system), sink_(std::move(sink)), port_(port) {}

console::~console() {
  close();
}

void console::close() {
  if (!broker_) return;
  const caf::scoped_actor self{system_};
  caf::anon_send_exit(broker_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(worker_, caf::exit_reason::user_shutdown);
  self->wait_for(broker_, worker_);
  broker_ = nullptr;
  worker_ = nullptr;
}

} // namespace lockstep::actors
