// Kinds of browsers; see device.hpp. Names are looked for in this order, because most browsers also claim to
// be others.
#include "device.hpp"

#include <array>

namespace cloudretail::user {

namespace {

struct Sign {
    std::string_view mark, name;
};

constexpr std::array<Sign, 9> programs{{{"Edg/", "Edge"},
                                        {"OPR/", "Opera"},
                                        {"SamsungBrowser/", "Samsung Internet"},
                                        {"Firefox/", "Firefox"},
                                        {"FxiOS/", "Firefox"},
                                        {"CriOS/", "Chrome"},
                                        {"Chrome/", "Chrome"},
                                        {"Safari/", "Safari"},
                                        {"curl/", "curl"}}};
constexpr std::array<Sign, 7> systems{{{"Android", "Android"},
                                       {"iPhone", "iPhone"},
                                       {"iPad", "iPad"},
                                       {"Windows", "Windows"},
                                       {"Mac OS X", "macOS"},
                                       {"CrOS", "ChromeOS"},
                                       {"Linux", "Linux"}}};

template <std::size_t N>
std::string_view first_of(const std::array<Sign, N>& signs, std::string_view text) {
    for (const Sign& sign : signs)
        if (text.find(sign.mark) != std::string_view::npos) return sign.name;
    return {};
}

}  // namespace

std::string device_of(std::string_view user_agent) {
    const std::string_view program = first_of(programs, user_agent), system = first_of(systems, user_agent);
    if (program.empty())
        return system.empty() ? "Another program" : "Another program on " + std::string(system);
    std::string device(program);
    if (!system.empty()) device.append(" on ").append(system);
    return device;
}

}  // namespace cloudretail::user
