#include "actors/handlers.hpp"

#include "adapters/log.hpp"

#include <caf/all.hpp>

#include <exception>

namespace lockstep::actors {

namespace {

void report(std::string_view what, caf::actor_id id, std::string_view event, const std::string& why) {
  adapters::log::write(adapters::log::level::error, event, why,
                       {{"actor", what}, {"actor_id", static_cast<std::int64_t>(id)}});
}

std::string words_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& failure) {
    return failure.what();
  } catch (...) {
    return "not a std::exception";
  }
}

template <class Name>
void report_unknown(caf::scheduled_actor& self, const Name& what) {
  self.set_default_handler(
      [what](caf::scheduled_actor* actor, caf::message_view& unknown) -> caf::result<caf::message> {
        report(what, actor->id(), "actor-unknown-message", to_string(unknown.content()));
        return caf::sec::unexpected_message;
      });
}

template <class Name>
void report_all(caf::scheduled_actor& self, const Name& what) {
  self.set_exception_handler([what](caf::scheduled_actor* actor, std::exception_ptr& thrown) -> caf::error {
    report(what, actor->id(), "actor-exception", words_of(thrown));
    return caf::exit_reason::unhandled_exception;
  });
  self.set_error_handler([what](caf::scheduled_actor* actor, caf::error& failure) {
    report(what, actor->id(), "actor-error", to_string(failure));
    actor->quit(failure);
  });
  self.set_down_handler([what](caf::scheduled_actor* actor, caf::down_msg& gone) {
    report(what, actor->id(), "actor-down-unexpected", to_string(gone.reason));
  });
  self.set_exit_handler([what](caf::scheduled_actor* actor, caf::exit_msg& asked) {
    if (asked.reason && asked.reason != caf::exit_reason::user_shutdown)
      report(what, actor->id(), "actor-exit", to_string(asked.reason));
    actor->quit(asked.reason);
  });
  report_unknown(self, what);
}

} // namespace

void set_handlers(caf::scheduled_actor& self, std::string what) {
  report_all(self, what);
}

void set_handlers(caf::scheduled_actor& self, const char* what) {
  report_all(self, what);
}

void report_unknown_messages(caf::scheduled_actor& self, const char* what) {
  report_unknown(self, what);
}

} // namespace lockstep::actors
