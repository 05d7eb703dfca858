// The admin console: lines of text over TCP, made for people with `nc`.
//
//   server  Lockstep 0.1.0 console. Token:\n
//   client  the token, a line
//   server  lockstep>                             the prompt ends every answer; no line feed follows it
//   client  a command, a line
//   server  its answer, lines of UTF-8            then the prompt again
//
// A broker owns the sockets and never blocks; questions that may block go to a worker thread. One command of
// a connection runs at a time, so nothing a client does queues more than a line and a buffer here.
#pragma once

#include "actors/console_context.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>
#include <mutex>

namespace lockstep::actors {

class console_sink;
class console_worker;

class console {
 public:
  // Listens and serves. The system must have loaded caf::io::middleman. Errors: refused (empty token),
  // unavailable (the address or port cannot be had).
  [[nodiscard]] static result<std::unique_ptr<console>> open(caf::actor_system& system,
                                                             console_context context);

  // Closes every connection and waits until no function of the context will be called again. The sink given
  // to add_sink lives as long as the console: destroy it after the last answer was delivered.
  ~console();
  console(const console&) = delete;
  console& operator=(const console&) = delete;

  // Stops serving for good, as the destructor does, and keeps the sink.
  void close();

  // Serves again on the same port after one of its actors has failed; its connections are gone. Nothing
  // happens after close(). Errors: unavailable (the port is taken).
  [[nodiscard]] result<void> reopen();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  console(caf::actor_system& system, console_context context);

  [[nodiscard]] result<void> start(std::uint16_t port);
  void end_actors();

  caf::actor_system& system_;
  std::shared_ptr<console_sink> sink_;
  std::uint16_t sink_number_ = 0;
  std::shared_ptr<const console_context> context_;
  std::uint16_t port_ = 0;
  std::mutex lock_; // close() against reopen()
  bool closed_ = false;
  caf::actor broker_;                      // ends when the worker fails
  std::unique_ptr<console_worker> worker_; // asks what may block
};

} // namespace lockstep::actors
