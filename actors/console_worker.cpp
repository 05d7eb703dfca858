#include "actors/console_worker.hpp"

#include "actors/console_query.hpp"
#include "actors/console_server.hpp"
#include "adapters/log.hpp"

#include <caf/all.hpp>

#include <exception>
#include <utility>

namespace lockstep::actors {

namespace {

void reply_to(console_query& query, const caf::actor_addr& broker, const console_question& question) {
  console_reply reply{question.session, question.request, query.run(question.asked)};
  if (const auto alive = caf::actor_cast<caf::actor>(broker)) caf::anon_send(alive, std::move(reply));
}

// The supervisor makes another, as for any of its actors that fails.
void end_console(const caf::actor_addr& broker, const char* why) {
  adapters::log::write(adapters::log::level::error, "console-worker-exception", why);
  if (const auto alive = caf::actor_cast<caf::actor>(broker))
    caf::anon_send_exit(alive, caf::exit_reason::unhandled_exception);
}

} // namespace

console_worker::console_worker(std::shared_ptr<const console_context> context)
    : context_(std::move(context)), thread_([this] { run(); }) {}

console_worker::~console_worker() {
  {
    const std::lock_guard guard{lock_};
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void console_worker::ask(caf::actor_addr broker, console_question question) {
  {
    const std::lock_guard guard{lock_};
    waiting_.push_back({std::move(broker), std::move(question)});
  }
  changed_.notify_one();
}

bool console_worker::next(asked_by& out) {
  std::unique_lock guard{lock_};
  changed_.wait(guard, [this] { return ending_ || !waiting_.empty(); });
  if (ending_) return false;
  out = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

void console_worker::run() {
  console_query query{*context_};
  for (asked_by one; next(one);) {
    try {
      reply_to(query, one.broker, one.question);
    } catch (const std::exception& failure) {
      end_console(one.broker, failure.what());
    } catch (...) {
      end_console(one.broker, "not a std::exception");
    }
  }
}

} // namespace lockstep::actors
