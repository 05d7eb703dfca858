// The seller's own checkout. It asks, and the engine grants or refuses: articles that are not there yet, sold
// ahead of their supply, and sets of two articles.
#pragma once

#include "app/demo/warehouse.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::app::demo {

// What one piece of an article takes from the shelves.
struct article_part {
  std::uint32_t sku = 0; // place in the log's SKUs
  quantity units = 0;
};

struct article {
  std::string code;
  std::vector<article_part> parts; // itself, or a set's components
};

// One order, of one article. Cumulative values.
struct own_order {
  std::string name;
  std::size_t of = 0; // article
  quantity ordered = 0;
  quantity cancelled = 0;
  quantity shipped = 0;
  bool granted = false;
  bool ends = false;         // its shipment or cancellation was told, or is to be
  std::size_t under_way = 0; // what was told and is not answered yet

  [[nodiscard]] quantity open() const { return granted ? ordered - cancelled - shipped : 0; }
};

class checkout {
 public:
  // Both outlive it.
  checkout(courier& told, warehouse& stock, std::vector<article> articles);
  checkout(const checkout&) = delete;
  checkout& operator=(const checkout&) = delete;

  // Any thread; these return at once.
  void order(std::size_t of, quantity units, bool ahead);
  // The newest order of the article that is neither refused nor ending.
  void cancel(std::size_t of);
  // Ships every open order that the shelves can serve whole; how many.
  std::size_t ship_open();

  [[nodiscard]] const std::vector<article>& articles() const { return articles_; }

  [[nodiscard]] std::vector<own_order> orders() const;

 private:
  [[nodiscard]] boost::json::object line(std::string_view operation, const own_order& of,
                                         std::string_view member, quantity units) const;
  void send(std::size_t place, boost::json::object line, std::function<void(own_order&)> done,
            std::function<refused_as(own_order&, std::string_view code)> refused);
  void tell_cancellation(std::size_t place);
  void ship(std::size_t place);
  // False: nothing was taken.
  [[nodiscard]] bool pick(const article& of, quantity pieces);
  void put_back(const article& of, quantity pieces);

  courier& courier_;
  warehouse& stock_;
  const std::vector<article> articles_;
  mutable std::mutex mutex_; // guards orders_
  std::vector<own_order> orders_;
};

} // namespace lockstep::app::demo
