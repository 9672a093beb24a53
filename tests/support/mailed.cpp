// See mailed.hpp.
#include <support/mailed.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <support/shop.hpp>

namespace cloudretail::test {

namespace {

namespace fs = std::filesystem;

/// Quoted-printable text (RFC 2045 6.7) as it was meant; other text stays.
std::string unquoted(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 3, "=\r\n") == 0)
            i += 2;
        else if (text.compare(i, 2, "=\n") == 0)
            i += 1;
        else if (text.compare(i, 3, "=3D") == 0) {
            out += '=';
            i += 2;
        } else
            out += text[i];
    }
    return out;
}

std::string secret_in(const std::string& text, const std::string& page) {
    const std::string mark = page + "#token=";
    const auto at = text.find(mark);
    if (at == std::string::npos) return {};
    const auto begin = at + mark.size();
    return text.substr(begin, text.find_first_of(" \r\n", begin) - begin);
}

/// In the mail files, the newest last.
std::string in_files(const std::string& folder, const std::string& email, const std::string& page) {
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folder, none))
        if (entry.path().extension() == ".eml") files.push_back(entry.path());
    std::ranges::sort(files);
    std::string found;
    for (const fs::path& path : files) {
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        if (text.str().find(email) == std::string::npos) continue;
        if (auto secret = secret_in(unquoted(text.str()), page); !secret.empty()) found = std::move(secret);
    }
    return found;
}

}  // namespace

std::string mailed_secret(const ServerProcess& server, const std::string& email, const std::string& page) {
    std::string secret;
    const auto look = [&] {
        const std::string body =
            server.query("user", "SELECT body FROM mails WHERE recipient = '" + email +
                                     "' AND body LIKE '%/" + page + "?%' ORDER BY created_at DESC LIMIT 1");
        secret = secret_in(body, page);
        if (secret.empty()) secret = in_files(server.data_dir() + "/mail", email, page);
        return !secret.empty();
    };
    if (!eventually(std::chrono::seconds(10), look))
        throw std::runtime_error("no mail about " + page + " came");
    return secret;
}

}  // namespace cloudretail::test
