// The start of libcurl. Idempotent, any thread.
#pragma once

namespace cloudretail::http {

/// Whoever makes a handle calls it before. Throws std::runtime_error.
void start_curl();

}  // namespace cloudretail::http
