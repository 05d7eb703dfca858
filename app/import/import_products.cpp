#include "app/import/import_products.hpp"

#include "engine/limits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace lockstep::app {

namespace json = boost::json;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

// Fills a commit; a fifth of what the API takes in one request.
constexpr std::size_t counts_per_request = limits::http_batch_lines_max / 5;

api_request put_product(const imported_product& product) {
  json::array identifiers;
  for (const auto& each : product.identifiers)
    identifiers.push_back(json::object{{"scheme", each.scheme}, {"value", each.value}});
  const json::object body{{"title", product.title}, {"identifiers", std::move(identifiers)}};
  return {"PUT", fmt::format("/v1/products/{}", path_segment(product.code)), "application/json",
          json::serialize(body)};
}

std::string count_line(const imported_product& product, std::string_view name) {
  const json::object line{{"op", "count"},
                          {"key", fmt::format("import/{}/{}", name, product.line)},
                          {"sku", product.code},
                          {"counted", *product.on_hand},
                          {"note", fmt::format("import {}, line {}", name, product.line)}};
  return json::serialize(line) + '\n';
}

class import_run {
 public:
  import_run(api_client& api, std::string_view name, const import_progress& told)
      : api_(api), name_(name), told_(told) {}

  [[nodiscard]] result<void> send_products(const std::vector<imported_product>& products);
  [[nodiscard]] result<void> send_counts();

  import_result take() { return std::move(result_); }

 private:
  using counted = std::vector<const imported_product*>;

  [[nodiscard]] result<void> send_counts(const imported_product* const* first, std::size_t size);
  [[nodiscard]] bool read_outcome(std::string_view line, const imported_product& product);

  api_client& api_;
  const std::string_view name_;
  const import_progress& told_;
  import_result result_;
  counted to_count_;
};

// A product that was refused has no stock to count.
result<void> import_run::send_products(const std::vector<imported_product>& products) {
  std::vector<api_request> requests;
  for (const auto& product : products)
    requests.push_back(put_product(product));
  return api_.ask_all(requests, [&](std::size_t place, const api_answer& answer) {
    const auto& product = products[place];
    told_.products_sent(1);
    if (!answer.ok()) {
      result_.refused.push_back({product.line, answer.reason()});
      return;
    }
    ++(answer.status == 201 ? result_.products_new : result_.products_changed);
    if (product.on_hand) to_count_.push_back(&product);
  });
}

result<void> import_run::send_counts() {
  std::sort(to_count_.begin(), to_count_.end(),
            [](const auto* a, const auto* b) { return a->line < b->line; });
  for (std::size_t from = 0; from < to_count_.size(); from += counts_per_request) {
    const auto size = std::min(counts_per_request, to_count_.size() - from);
    if (auto sent = send_counts(to_count_.data() + from, size); !sent) return sent.error();
    told_.counts_sent(size);
  }
  return {};
}

result<void> import_run::send_counts(const imported_product* const* first, std::size_t size) {
  api_request request{"POST", "/v1/batch", "application/x-ndjson", ""};
  for (std::size_t i = 0; i < size; ++i)
    request.body += count_line(*first[i], name_);
  const auto answer = api_.ask(request);
  if (!answer) return answer.error();
  if (!answer->ok()) return make_error(error_code::refused, fmt::format("/v1/batch: {}", answer->reason()));
  std::string_view rest{answer->body};
  for (std::size_t i = 0; i < size; ++i) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (!read_outcome(rest.substr(0, end), *first[i]))
      return make_error(error_code::refused,
                        fmt::format("/v1/batch: the answer to line {} cannot be read", i + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

// One line of the answer: {"line":1,"key":..,"outcome":"done"|"repeated"|"refused", "problem":{..}}.
bool import_run::read_outcome(std::string_view line, const imported_product& product) {
  boost::system::error_code failed;
  const auto value = json::parse({line.data(), line.size()}, failed);
  if (failed || !value.is_object()) return false;
  const auto* outcome = value.as_object().if_contains("outcome");
  if (outcome == nullptr || !outcome->is_string()) return false;
  if (outcome->as_string() == "done") {
    ++result_.counted;
  } else if (outcome->as_string() == "repeated") {
    ++result_.counted_before;
  } else {
    const auto* problem = value.as_object().if_contains("problem");
    const api_answer refused{0, problem == nullptr ? std::string{} : json::serialize(*problem)};
    result_.refused.push_back({product.line, refused.reason()});
  }
  return true;
}

} // namespace

result<import_result> import_products(api_client& api, const std::vector<imported_product>& products,
                                      std::string_view name, const import_progress& told) {
  import_run run{api, name, told};
  if (auto sent = run.send_products(products); !sent) return sent.error();
  if (auto sent = run.send_counts(); !sent) return sent.error();
  return run.take();
}

} // namespace lockstep::app
