// The thread that answers the console's questions that may block. A plain thread and no detached actor: CAF
// 0.17.6 now and then keeps a message to a broker that has ended for ever, with whoever sent it, and the
// actor system waits at its end for the thread of every detached actor that is still held.
#pragma once

#include "actors/console_command.hpp"
#include "actors/console_context.hpp"

#include <caf/actor_addr.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace lockstep::actors {

// Broker to worker. `request` counts the commands of a session, so that an answer that comes after its time
// has run out is known and dropped.
struct console_question {
  std::uint32_t session = 0;
  std::uint32_t request = 0;
  console_request asked;
};

class console_worker {
 public:
  explicit console_worker(std::shared_ptr<const console_context> context);
  // Waits for the answer under way; further questions are dropped.
  ~console_worker();
  console_worker(const console_worker&) = delete;
  console_worker& operator=(const console_worker&) = delete;

  // `broker` gets a console_reply; an exit when the question threw. Any thread; returns at once.
  void ask(caf::actor_addr broker, console_question question);

 private:
  struct asked_by {
    caf::actor_addr broker;
    console_question question;
  };

  void run();
  [[nodiscard]] bool next(asked_by& out);

  std::shared_ptr<const console_context> context_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<asked_by> waiting_; // at most one of each connection, and those given up since
  bool ending_ = false;
  std::thread thread_;
};

} // namespace lockstep::actors
