// What every store refuses in the same words, so that the model and the real ones agree on it.
#pragma once

#include "storage/store.hpp"

#include <optional>

namespace lockstep::storage {

// Why no store holds this batch after `last` of the same epoch; nothing when it may be written. Looks at the
// batch alone: its number, and whether its texts are UTF-8 without NUL and no longer than the bound.
[[nodiscard]] std::optional<commit_result> objection(const batch& content, batch_number last);

// Why `next` cannot follow version `stored` of its SKU. Taken already: somebody else wrote it, so the writer
// is fenced. A gap: the content is wrong, so it is refused.
[[nodiscard]] std::optional<commit_result> objection(const sku_fact& next, engine::version stored);

// Why a snapshot does not fit a SKU whose newest fact has version `stored`: recovery would skip facts to
// come.
[[nodiscard]] std::optional<commit_result> objection(const snapshot& taken, engine::version stored);

} // namespace lockstep::storage
