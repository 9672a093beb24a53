// The systemd unit keeps the sandbox that docs/security.md speaks of, and names only what the program knows.
#include <algorithm>
#include <catch2/catch.hpp>
#include <config/config.hpp>
#include <fstream>
#include <set>
#include <string>

namespace {

std::set<std::string> directives() {
    std::ifstream file(std::string(CLOUDRETAIL_SOURCE_DIR) + "/config/cloudretail.service");
    std::set<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.insert(line);
    return lines;
}

}  // namespace

TEST_CASE("the service is supervised, and confined to its own state and to TCP") {
    const auto unit = directives();
    for (const char* line : {"Type=notify",
                             "WatchdogSec=30",
                             "Restart=always",
                             "ExecReload=/bin/kill -HUP $MAINPID",
                             "DynamicUser=yes",
                             "StateDirectory=cloudretail",
                             "StateDirectoryMode=0700",
                             "UMask=0077",
                             "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
                             "ProtectSystem=strict",
                             "ProtectHome=yes",
                             "PrivateTmp=yes",
                             "PrivateDevices=yes",
                             "PrivateUsers=yes",
                             "ProtectProc=invisible",
                             "ProcSubset=pid",
                             "ProtectClock=yes",
                             "ProtectHostname=yes",
                             "ProtectKernelLogs=yes",
                             "ProtectKernelModules=yes",
                             "ProtectKernelTunables=yes",
                             "ProtectControlGroups=yes",
                             "RestrictNamespaces=yes",
                             "RestrictRealtime=yes",
                             "RestrictSUIDSGID=yes",
                             "LockPersonality=yes",
                             "MemoryDenyWriteExecute=yes",
                             "NoNewPrivileges=yes",
                             "CapabilityBoundingSet=",
                             "AmbientCapabilities=",
                             "SystemCallArchitectures=native",
                             "SystemCallFilter=@system-service",
                             "SystemCallFilter=~@privileged @resources"}) {
        CAPTURE(line);
        CHECK(unit.contains(line));
    }
}

TEST_CASE("the secrets that the unit can carry are secret keys of the configuration") {
    int found = 0;
    for (const std::string& line : directives()) {
        const std::string begin = "#Environment=CLOUDRETAIL_", end = "_FILE=";
        if (!line.starts_with(begin) || line.find(end) == std::string::npos) continue;
        ++found;
        const std::string name = line.substr(begin.size(), line.find(end) - begin.size());
        const auto& keys = cloudretail::config::keys();
        CAPTURE(name);
        CHECK(std::ranges::any_of(keys, [&](const auto& key) {
            std::string variable = key.name;
            std::ranges::transform(variable, variable.begin(), [](unsigned char c) {
                return c == '.' ? '_' : static_cast<char>(std::toupper(c));
            });
            return key.secret && variable == name;
        }));
    }
    CHECK(found >= 2);
}
