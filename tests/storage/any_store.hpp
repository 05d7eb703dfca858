// A store of each kind in turn, for what store.hpp promises of all of them.
#pragma once

#include "tests/catch.hpp"
#include "tests/storage/postgres_server.hpp"
#include "tests/storage/samples.hpp"

#include "storage/memory/memory_store.hpp"
#include "storage/postgres/postgres_store.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lockstep::storage::samples {

enum class store_kind { memory, sqlite, postgres };

// A store, empty at first, that can be opened again.
struct subject {
  explicit subject(store_kind of) : model_(make_memory()), kind_(of) {
    auto& server = postgres_server::shared();
    if (of == store_kind::postgres) url_ = server.url(server.new_schema(), server.port());
    open();
  }

  void open() {
    opened.reset(); // the real ones refuse a second writer while the first is there
    auto made = open_one();
    REQUIRE(made);
    opened = std::move(*made);
  }

  std::unique_ptr<reader> read() {
    auto made = opened->open_reader();
    REQUIRE(made);
    return std::move(*made);
  }

  commit_result commit(batch_number number, std::vector<sku_fact> facts, std::vector<snapshot> snapshots = {},
                       std::vector<record> records = {}) {
    return opened->commit({number, std::move(facts), std::move(snapshots), std::move(records)});
  }

  std::unique_ptr<store> opened;

 private:
  result<std::unique_ptr<store>> open_one() {
    switch (kind_) {
    case store_kind::sqlite: return open_sqlite({.path = folder_.file("store.db")});
    case store_kind::postgres: return open_postgres({.url = url_});
    case store_kind::memory: break;
    }
    return open_memory(model_);
  }

  temporary_folder folder_;
  std::shared_ptr<memory> model_;
  std::string url_;
  store_kind kind_;
};

// The test case runs once for each kind.
inline subject any_store() {
  return subject{GENERATE(store_kind::memory, store_kind::sqlite, store_kind::postgres)};
}

} // namespace lockstep::storage::samples
