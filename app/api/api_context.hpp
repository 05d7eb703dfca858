// What the routes work with. One per server; routes hold no state of their own.
#pragma once

#include "actors/node.hpp"
#include "app/api/answer_box.hpp"
#include "app/api/api_options.hpp"
#include "app/api/http_metrics.hpp"
#include "app/api/store_readers.hpp"
#include "app/api/token_table.hpp"
#include "app/api/worker_pool.hpp"

#include <memory>
#include <vector>

namespace lockstep::app {

struct api_context {
  api_context(actors::node& n, api_options o, std::size_t routes)
      : node(n), options(std::move(o)), metrics(routes), readers(n),
        workers(options.worker_threads, options.worker_queue_max) {}

  actors::node& node;
  const api_options options;
  token_table tokens;
  http_metrics metrics;
  std::vector<std::unique_ptr<answer_box>> boxes; // by I/O thread
  store_readers readers;
  worker_pool workers;
};

} // namespace lockstep::app
