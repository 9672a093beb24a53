// What is kept of a browser.
#include "device.hpp"

#include <catch2/catch.hpp>

namespace cloudretail::user {

TEST_CASE("of a browser its kind and its system are kept, and nothing that was sent") {
    struct Case {
        const char *agent, *device;
    };
    for (const auto& [agent, device] :
         {Case{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"},
          Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
               "Edge on Windows"},
          Case{"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile "
               "Safari/537.36",
               "Chrome on Android"},
          Case{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 "
               "Mobile/15E148 Safari/604.1",
               "Safari on iPhone"},
          Case{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 "
               "Safari/605.1.15",
               "Safari on macOS"},
          Case{"curl/7.88.1", "curl"}, Case{"", "Another program"},
          Case{"<script>alert(1)</script> Linux", "Another program on Linux"}}) {
        INFO(agent);
        CHECK(device_of(agent) == device);
    }
    CHECK(device_of(std::string(100'000, 'x')).size() <= 64);
}

}  // namespace cloudretail::user
