// See curl.hpp.
#include <http/curl.hpp>

#include <curl/curl.h>
#include <stdexcept>

namespace cloudretail::http {

void start_curl() {
    static const CURLcode started = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be started");
}

}  // namespace cloudretail::http
