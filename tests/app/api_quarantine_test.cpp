// A quarantined SKU: shown, and let go by a person.
#include "tests/app/api_world.hpp"

using namespace lockstep;
using tests::api_world;

namespace {

// What a process leaves behind whose store refused a fact of the mug.
std::shared_ptr<storage::memory> quarantined_mug() {
  auto content = storage::make_memory();
  storage::batch batch;
  batch.number = 1;
  batch.records.emplace_back(engine::product{engine::sku_id{1}, "MUG", "A mug", {}});
  batch.records.emplace_back(
      storage::quarantined{engine::sku_id{1}, engine::time_point{std::chrono::hours{1}}, "refused", false});
  REQUIRE(storage::open_memory(content)->commit(batch).status == storage::commit_status::committed);
  return content;
}

} // namespace

TEST_CASE("a quarantined SKU is listed with its reason, refuses holds, and grants them once released") {
  const auto content = quarantined_mug();
  {
    api_world here{tests::api_options_for_tests(), {}, storage::open_memory(content)};
    auto all = here.caller();
    const auto held = all.get("/v1/quarantine").body.at("quarantine").as_array();
    REQUIRE(held.size() == 1);
    CHECK(held[0].at("sku").as_string() == "MUG");
    CHECK(held[0].at("reason").as_string() == "refused");
    CHECK(here.metric("lockstep_skus_quarantined") == "1");
    const auto hold = R"({"sku":"MUG","units":1,"seconds":900})";
    CHECK(all.post("/v1/receipts", R"({"sku":"MUG","units":5})", "r").status ==
          201); // what happened is taken
    CHECK(all.post("/v1/holds", hold, "h").code() == "quarantined");

    CHECK(here.caller("writer").post("/v1/products/MUG/release", "").code() == "forbidden");
    CHECK(all.post("/v1/products/CUP/release", "").code() == "unknown-sku");
    CHECK(all.post("/v1/products/MUG/release", "").status == 204);
    CHECK(all.post("/v1/products/MUG/release", "").status == 409);
    CHECK(all.get("/v1/quarantine").body.at("quarantine").as_array().empty());
    CHECK(here.metric("lockstep_skus_quarantined") == "0");
    CHECK(all.post("/v1/holds", hold, "h").status == 201);
  }
  api_world again{tests::api_options_for_tests(), {}, storage::open_memory(content)};
  CHECK(again.available("MUG") == 4);
  CHECK(again.metric("lockstep_skus_quarantined") == "0");
}
