// The end of the process after an impossible state. Says where on standard error with one write and no
// allocation, then aborts. Any thread.
#include <base/error.hpp>

#include <unistd.h>
#include <cstdio>
#include <cstdlib>

namespace cloudretail {

void assertion_failed(const char* expression, const char* file, int line) {
    char text[512];
    const int n = std::snprintf(text, sizeof text, "cloudretail: impossible state: %s (%s:%d)\n", expression,
                                file, line);
    if (n > 0) {
        const auto length =
            static_cast<std::size_t>(n) < sizeof text ? static_cast<std::size_t>(n) : sizeof text - 1;
        // The process ends either way; there is nothing to do about a failed write.
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, length);
    }
    std::abort();
}

}  // namespace cloudretail
