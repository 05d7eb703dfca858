#include "bench/listed_shop.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lockstep::bench {

namespace {

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

engine::quantity number_of(std::string_view text) {
  engine::quantity value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

std::string listed_shop::url() const {
  return fmt::format("http://127.0.0.1:{}", server_.port());
}

std::size_t listed_shop::items_written() const {
  const std::lock_guard guard{lock_};
  return shown_.size();
}

std::size_t listed_shop::rows_written() const {
  const std::lock_guard guard{lock_};
  return rows_;
}

adapters::head_verdict listed_shop::admit(adapters::received_request&) {
  return {.body_bytes_max = 1 << 20, .refusal = std::nullopt};
}

adapters::io_task<adapters::http_answer> listed_shop::handle(const adapters::received_request& request) {
  co_return adapters::http_answer{.status = 200,
                                  .content_type = "text/plain",
                                  .body = serve(request.target, request.body),
                                  .headers = {}};
}

adapters::http_answer listed_shop::refuse(unsigned status, std::string_view detail) {
  return {.status = status, .content_type = "text/plain", .body = std::string{detail}, .headers = {}};
}

std::string listed_shop::serve(std::string_view target, std::string_view body) {
  const std::lock_guard guard{lock_};
  std::string answer;
  if (target == "/write")
    each_line(body, [&](std::string_view line) {
      const auto equals = line.find('=');
      shown_[std::string{line.substr(0, equals)}] = number_of(line.substr(equals + 1));
      ++rows_;
      answer += "ok\n";
    });
  if (target == "/read")
    each_line(body, [&](std::string_view line) {
      const auto found = shown_.find(std::string{line});
      answer +=
          found == shown_.end() ? fmt::format("{}\n", line) : fmt::format("{}={}\n", line, found->second);
    });
  return answer;
}

namespace {

class listed_adapter final : public adapters::channel_adapter {
 public:
  listed_adapter(std::string url, engine::quantity opening) : url_(std::move(url)), opening_(opening) {}

  [[nodiscard]] adapters::capabilities able_to() const override {
    return {.rows_per_write = 250,
            .rows_per_read = 250,
            .compare_and_set = true,
            .idempotency_key = false,
            .settle = std::chrono::seconds{60},
            .signal_lag = std::chrono::seconds{5}};
  }

  [[nodiscard]] adapters::http_request encode_write(std::span<const adapters::write_row> rows,
                                                    std::string_view, std::string_view) const override {
    auto message = post("/write");
    for (const auto& row : rows)
      message.body += fmt::format("{}={}\n", row.target.item, row.value);
    return message;
  }

  [[nodiscard]] adapters::write_result decode_write(const adapters::http_response& answer,
                                                    std::size_t rows) const override {
    adapters::write_result out;
    out.verdict = verdict_of(answer);
    out.rows.assign(rows, {adapters::row_verdict::applied, {}});
    return out;
  }

  [[nodiscard]] adapters::http_request
  encode_read(std::span<const adapters::channel_item> items) const override {
    auto message = post("/read");
    for (const auto& item : items)
      message.body += fmt::format("{}\n", item.item);
    return message;
  }

  [[nodiscard]] adapters::read_result decode_read(const adapters::http_response& answer) const override {
    adapters::read_result out;
    out.verdict = verdict_of(answer);
    each_line(answer.body, [&](std::string_view line) {
      const auto equals = line.find('=');
      adapters::shown item;
      item.target = {std::string{line.substr(0, equals)}, "here"};
      item.value = equals == std::string_view::npos ? opening_ : number_of(line.substr(equals + 1));
      out.items.push_back(std::move(item));
    });
    return out;
  }

  [[nodiscard]] adapters::http_request encode_list(std::string_view) const override { return post("/list"); }

  [[nodiscard]] adapters::read_result decode_list(const adapters::http_response& answer) const override {
    adapters::read_result out;
    out.verdict = verdict_of(answer);
    return out;
  }

  [[nodiscard]] adapters::http_request encode_orders(engine::time_point, std::string_view) const override {
    return post("/orders");
  }

  [[nodiscard]] adapters::orders_result decode_orders(const adapters::http_response& answer) const override {
    adapters::orders_result out;
    out.verdict = verdict_of(answer);
    return out;
  }

  [[nodiscard]] bool verify_webhook(std::span<const adapters::header>, std::string_view) const override {
    return false;
  }

  [[nodiscard]] engine::result<std::vector<adapters::order_message>>
  decode_webhook(std::span<const adapters::header>, std::string_view) const override {
    return engine::make_error(engine::error_code::malformed, "no webhooks here");
  }

 private:
  [[nodiscard]] adapters::http_request post(std::string_view target) const {
    adapters::http_request out;
    out.url = url_ + std::string{target};
    return out;
  }

  static adapters::batch_verdict verdict_of(const adapters::http_response& answer) {
    const bool served = answer.ended == adapters::transport::answered && answer.status == 200;
    return served ? adapters::batch_verdict::judged : adapters::batch_verdict::retry;
  }

  std::string url_;
  engine::quantity opening_;
};

} // namespace

std::shared_ptr<const adapters::channel_adapter> make_listed_adapter(std::string url,
                                                                     engine::quantity opening) {
  return std::make_shared<listed_adapter>(std::move(url), opening);
}

} // namespace lockstep::bench
