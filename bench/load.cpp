// The load generator of bench/run. Prints one line of JSON.
//   bench_load setup PORT PRODUCTS CUSTOMERS FILE
//   bench_load closed PORT PIDS FILE KIND CLIENTS SECONDS        PIDS: SERVER or SERVER,POSTMASTER
//   bench_load open PORT PIDS FILE KIND RATE SECONDS CONNECTIONS KIND: order list detail login mixed
//   bench_load search PORT PIDS CLIENTS SECONDS                  words of a catalogue that bench_catalogue
//   filled bench_load events PORT PIDS FILE SUBSCRIBERS RATE SECONDS bench_load idle PORT CONNECTIONS each
//   has asked once; says "ready", holds them until its input ends
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "drive.hpp"
#include "events.hpp"
#include "http.hpp"
#include "shop.hpp"

namespace {

constexpr double warm_up_s = 1.0;
constexpr double grace_s = 10.0;

int hold_idle(int port, int count) {
    bench::raise_file_limit(static_cast<std::size_t>(count));
    const auto request = bench::make_request("GET", "/health/live", "", "");
    for (int i = 0; i < count; ++i) {
        const int fd = bench::dial(port);
        if (write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) return 1;
        std::string in;
        char buffer[4096];
        for (int status = 0; bench::answer_length(in, status) == 0;) {
            const auto n = read(fd, buffer, sizeof buffer);
            if (n <= 0) {
                std::fprintf(stderr, "connection %d was closed\n", i);
                return 1;
            }
            in.append(buffer, static_cast<std::size_t>(n));
        }
    }
    std::printf("ready\n");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string verb = argc > 1 ? argv[1] : "";
    const auto number = [&](int i) { return std::atoi(argv[i]); };
    if (verb == "setup" && argc == 6) {
        bench::set_up(number(2), number(3), number(4), argv[5]);
        return 0;
    }
    if (verb == "idle" && argc == 4) return hold_idle(number(2), number(3));
    if ((verb == "search" && argc == 6) || (verb == "closed" && argc == 8) || (verb == "open" && argc == 9) ||
        (verb == "events" && argc == 8)) {
        const std::string pids = argv[3];
        const auto comma = pids.find(',');
        const int server = std::atoi(pids.c_str());
        const int postmaster = comma == std::string::npos ? 0 : std::atoi(pids.c_str() + comma + 1);
        if (verb == "search") {
            bench::Searches searches;
            bench::Tally tally(server, postmaster);
            bench::Drive drive(
                number(2), [&](std::size_t) { return searches.next(); }, tally);
            drive.closed(number(4), warm_up_s, std::atof(argv[5]));
            tally.print();
            return 0;
        }
        const bench::Shop shop = bench::read_shop(argv[4]);
        if (verb == "events") {
            bench::fan_out(number(2), server, postmaster, shop, number(5), std::atof(argv[6]),
                           std::atof(argv[7]));
            return 0;
        }
        bench::Visitor visitor(shop, argv[5]);
        bench::Tally tally(server, postmaster);
        bench::Drive drive(
            number(2), [&](std::size_t who) { return visitor.next(who); }, tally);
        if (verb == "closed")
            drive.closed(number(6), warm_up_s, std::atof(argv[7]));
        else
            drive.open(std::atof(argv[6]), std::atof(argv[7]), number(8), grace_s);
        tally.print();
        return 0;
    }
    std::fprintf(
        stderr, "usage: bench_load setup|closed|open|search|events|idle …; see the head of bench/load.cpp\n");
    return 2;
}
