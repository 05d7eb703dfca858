#include "adapters/rest/request_target.hpp"

#include "engine/limits.hpp"
#include "engine/text.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace lockstep::adapters::rest {

namespace {

bool is_fit(std::string_view text) {
  return engine::is_valid_text(text, limits::http_header_bytes_max);
}

} // namespace

const std::string* request_target::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
  return found == query.end() ? nullptr : &found->second;
}

std::optional<request_target> parse_target(std::string_view text) {
  const auto url = boost::urls::parse_origin_form({text.data(), text.size()});
  if (!url) return std::nullopt;
  request_target target;
  for (const auto segment : url->segments())
    target.segments.push_back(segment);
  for (const auto& parameter : url->params())
    target.query.emplace_back(parameter.key, parameter.value);
  const bool fit =
      std::ranges::all_of(target.segments, is_fit) &&
      std::ranges::all_of(target.query, [](const auto& p) { return is_fit(p.first) && is_fit(p.second); });
  if (!fit) return std::nullopt;
  return target;
}

std::string percent_encoded(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

} // namespace lockstep::adapters::rest
