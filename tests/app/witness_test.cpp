// A store that was put back from a backup is found out by its witness.
#include "app/service.hpp"
#include "app/witness.hpp"
#include "storage/open_store.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <filesystem>

using namespace lockstep;
using namespace lockstep::app;
using lockstep::tests::temporary_folder;

namespace {

class shop {
 public:
  shop() {
    chosen_.store.url = "sqlite://" + folder_.path("shop.db");
    chosen_.store.witness = folder_.path("witness");
    chosen_.http.port = chosen_.monitor.port = 0;
    put_account();
  }

  // How the account stands after a start and an orderly stop.
  engine::account_mode mode_after_start() {
    auto started = service::start(chosen_, {[](int, const std::string&) {}, [] {}});
    REQUIRE(started);
    const auto mode = (*started)->node().catalogue()->find(engine::account_id{1})->mode;
    CHECK((*started)->stop(std::chrono::seconds{20}));
    return mode;
  }

  void back_up() const { copy("shop.db", "backup.db"); }

  void restore() const {
    std::filesystem::remove(folder_.path("shop.db-wal"));
    copy("backup.db", "shop.db");
  }

  // What happens after the backup.
  void sell() const {
    auto store = storage::open_store(chosen_.store.url);
    REQUIRE(store);
    storage::batch sold{1, {}, {}, {}};
    for (engine::version version = 1; version <= 3; ++version) {
      engine::fact one;
      one.version = version;
      one.at = engine::time_point{engine::duration{1'700'000'000'000'000 + version}};
      one.kind = engine::fact_kind::received;
      one.units = 1;
      sold.facts.push_back({engine::sku_id{1}, one});
    }
    REQUIRE((*store)->commit(sold).status == storage::commit_status::committed);
  }

  [[nodiscard]] const temporary_folder& folder() const { return folder_; }

 private:
  void put_account() const {
    auto store = storage::open_store(chosen_.store.url);
    REQUIRE(store);
    const engine::account web{engine::account_id{1}, "web", "shopify", engine::account_mode::active};
    REQUIRE((*store)->commit({1, {}, {}, {web}}).status == storage::commit_status::committed);
  }

  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy_file(folder_.path(from), folder_.path(to),
                               std::filesystem::copy_options::overwrite_existing);
  }

  temporary_folder folder_;
  configuration chosen_;
};

} // namespace

TEST_CASE("witness: a store that went on as it was keeps its accounts active") {
  shop here;
  CHECK(here.mode_after_start() == engine::account_mode::active);
  here.sell();
  CHECK(here.mode_after_start() == engine::account_mode::active);
  CHECK(here.mode_after_start() == engine::account_mode::active);
}

TEST_CASE("witness: after a restore the accounts only observe, and stay so until a person activates them") {
  shop here;
  CHECK(here.mode_after_start() == engine::account_mode::active);
  here.back_up();
  here.sell();
  CHECK(here.mode_after_start() == engine::account_mode::active);
  here.restore();
  CHECK(here.mode_after_start() == engine::account_mode::observe);
  CHECK(here.mode_after_start() == engine::account_mode::observe);
}

TEST_CASE("witness: it says what it was told, and a file that is none is named") {
  const temporary_folder folder;
  const witness kept{folder.path("witness")};
  CHECK_FALSE(kept.last()->has_value());
  REQUIRE(kept.write({3, 1'000}));
  CHECK(kept.last()->value() == sighting{3, 1'000});
  CHECK(went_back({3, 1'000}, {3, 1'000})); // every open takes a new epoch
  CHECK(went_back({3, 1'000}, {4, 999}));
  CHECK_FALSE(went_back({3, 1'000}, {4, 1'000}));
  const witness broken{folder.write("other", "hello\n")};
  REQUIRE(broken.last().has_error());
  CHECK(broken.last().error().what.find("other is no witness") != std::string::npos);
  CHECK(witness{folder.path("missing/witness")}.write({1, 1}).has_error());
}
