// The whole engine as a configuration describes it: store, node, channels, API, console, started in an order
// that never shows anything half ready, stopped in the reverse.
#pragma once

#include "actors/node.hpp"
#include "app/configuration.hpp"
#include "engine/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace lockstep::app {

struct service_events {
  std::function<void(int exit_code, std::string why)> fatal; // as actors::node_options::fatal
  std::function<void()> shutdown_asked;                      // a person typed it in the console
};

class service {
 public:
  // Blocks until everything listens. Errors as of the store and of what could not be bound; what had started
  // is stopped again.
  [[nodiscard]] static engine::result<std::unique_ptr<service>> start(const configuration& chosen,
                                                                      service_events events);
  ~service(); // stops at once when stop() was not called
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  // Takes no new work, answers what is under way, pushes what is pending, until `deadline`. Blocks. True when
  // all of it was done.
  bool stop(std::chrono::milliseconds deadline);

  [[nodiscard]] actors::node& node();
  [[nodiscard]] std::uint16_t http_port() const;
  [[nodiscard]] std::uint16_t monitor_port() const;
  [[nodiscard]] std::uint16_t console_port() const; // 0: closed

 private:
  struct parts;
  explicit service(std::unique_ptr<parts> p);

  std::unique_ptr<parts> parts_;
};

} // namespace lockstep::app
