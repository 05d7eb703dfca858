#include "app/setting_checks.hpp"

#include "storage/open_store.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace lockstep::app {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_loopback(const boost::urls::url_view& url) {
  if (url.host() == "localhost") return true;
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(url.host_address(), failed);
  return !failed && address.is_loopback();
}

} // namespace

std::string check_name(std::string_view text) {
  const auto allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; };
  const bool fine = !text.empty() && text.size() <= 40 && is_lower(text[0]) &&
                    std::all_of(text.begin(), text.end(), allowed);
  return fine ? "" : "takes 1 to 40 lower-case letters, digits, '-' and '_', a letter first";
}

std::string check_not_empty(std::string_view text) {
  return text.empty() ? "is empty" : "";
}

std::string check_address(std::string_view text) {
  boost::system::error_code failed;
  (void)boost::asio::ip::make_address(std::string{text}, failed);
  return failed ? "takes an IP address, such as \"127.0.0.1\" or \"::1\"" : "";
}

std::string check_store_url(std::string_view text) {
  constexpr std::string_view sqlite = "sqlite:///";
  if (text == "memory:") return {};
  if (text.starts_with(sqlite) && text.size() > sqlite.size() && !text.ends_with('/')) return {};
  // libpq judges the rest when the store is opened.
  if (text.starts_with("postgresql://"))
    return storage::has_password(text)
               ? "takes no password: name its file, as in \"?passfile=/etc/lockstep/pgpass\""
               : "";
  return "takes \"sqlite:///absolute/path/of/file\", \"postgresql://user@host/database\" or \"memory:\"";
}

std::string check_base_url(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed || parsed->host().empty()) return "takes an address such as \"https://example.myshopify.com\"";
  if (parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment())
    return "takes no user, query or fragment in the address";
  if (parsed->scheme() == "https") return {};
  if (parsed->scheme() == "http" && is_loopback(*parsed)) return {};
  return "takes https (http only to this machine)";
}

std::string check_country(std::string_view text) {
  const bool fine = text.size() == 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return fine ? "" : "takes two capital letters, such as \"US\"";
}

std::string check_sha256(std::string_view text) {
  const auto hexadecimal = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  const bool fine = text.size() == 64 && std::all_of(text.begin(), text.end(), hexadecimal);
  return fine ? "" : "takes 64 lower-case hexadecimal digits (lockstep token makes them)";
}

} // namespace lockstep::app
