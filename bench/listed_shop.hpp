// A channel that acknowledges everything, over real HTTP on loopback: what it was sent is what it shows.
#pragma once

#include "adapters/channel.hpp"
#include "adapters/http_server.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace lockstep::bench {

// A line is "item=value" in writes and answers, "item" in reads.
class listed_shop final : public adapters::http_handler {
 public:
  listed_shop() : server_(*this, {}) {}

  [[nodiscard]] bool start() { return server_.start().has_value(); }

  [[nodiscard]] std::string url() const;

  [[nodiscard]] std::size_t items_written() const;
  [[nodiscard]] std::size_t rows_written() const;

  [[nodiscard]] adapters::head_verdict admit(adapters::received_request& head) override;
  [[nodiscard]] adapters::io_task<adapters::http_answer>
  handle(const adapters::received_request& request) override;
  [[nodiscard]] adapters::http_answer refuse(unsigned status, std::string_view detail) override;

 private:
  std::string serve(std::string_view target, std::string_view body);

  mutable std::mutex lock_;
  boost::unordered_flat_map<std::string, engine::quantity> shown_; // written at least once
  std::size_t rows_ = 0;
  adapters::http_server server_; // last: it ends first
};

// Speaks to a listed_shop at `url`. Items never written show `opening`.
[[nodiscard]] std::shared_ptr<const adapters::channel_adapter> make_listed_adapter(std::string url,
                                                                                   engine::quantity opening);

} // namespace lockstep::bench
