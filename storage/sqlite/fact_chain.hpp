// The facts of one SKU, found without an index: each row carries the row of the SKU's previous version.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/sku_heads.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace lockstep::storage::sqlite {

class fact_chain {
 public:
  // `path` for errors.
  [[nodiscard]] static result<fact_chain> open(connection& db, std::string path);

  // At most `limit` facts with version > `after`, ascending. Down the chain from the first milestone at or
  // after the page's end, so that paging through a long history costs the same for each page.
  [[nodiscard]] result<std::vector<stored_fact>> upward(engine::sku_id sku, const place& newest,
                                                        engine::version after, std::int64_t limit);
  // Facts with low < version <= top, descending; `top` is not after the newest.
  [[nodiscard]] result<std::vector<stored_fact>> downward(engine::sku_id sku, const place& newest,
                                                          engine::version top, engine::version low);

 private:
  [[nodiscard]] result<row_number> row_of(engine::sku_id sku, engine::version version, const place& newest);
  [[nodiscard]] error broken(engine::sku_id sku, engine::version version) const;

  std::string path_;
  statement fact_at_;
  statement previous_of_;
  statement milestone_from_;
};

} // namespace lockstep::storage::sqlite
