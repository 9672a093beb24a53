// The folder of picture files: durable before they have their names, and no path but its own.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <media/shelf.hpp>

#include "scratch.hpp"

using namespace cloudretail;
using namespace cloudretail::test;
namespace fs = std::filesystem;

namespace {
const std::string hash(40, 'a');
}

TEST_CASE("only names that the shelf itself makes are names", "[media]") {
    CHECK(media::is_file_name(media::file_name(hash, 640, "jpg")));
    CHECK(media::is_file_name(hash + "-1.webp"));
    const std::string digits(40, '0');
    for (const std::string& name : {std::string(),
                                    hash,
                                    hash + "-640",
                                    hash + "-640.png",
                                    hash + "-640.jpg.html",
                                    hash + "-640.jpg/",
                                    hash + "-.jpg",
                                    hash + "-0640.jpg",
                                    hash + "-123456.jpg",
                                    hash + "-6x.jpg",
                                    hash + "-6.jpgx",
                                    std::string(40, 'A') + "-640.jpg",
                                    std::string(39, 'a') + "-640.jpg",
                                    std::string(41, 'a') + "-640.jpg",
                                    "../" + digits.substr(3) + "-640.jpg",
                                    "..%2f" + digits.substr(5) + "-6.jpg",
                                    digits + "-6.jp\0g",
                                    digits + "/6.jpg",
                                    std::string("/etc/passwd"),
                                    digits + "-640.JPG"}) {
        INFO(name);
        CHECK_FALSE(media::is_file_name(name));
    }
    CHECK(media::content_type(hash + "-1.webp") == "image/webp");
    CHECK(media::content_type(hash + "-1.jpg") == "image/jpeg");
}

TEST_CASE("files are put, read and removed by name, and leave nothing half-written", "[media]") {
    const Scratch scratch;
    const std::string folder = scratch.file("media");
    const media::Shelf shelf(folder);
    const std::string small = media::file_name(hash, 160, "jpg"), large = media::file_name(hash, 640, "jpg");
    CHECK_FALSE(shelf.read(small));
    CHECK_FALSE(shelf.has(small));
    const std::string bytes("a\0b", 3);
    const std::vector<media::NewFile> files{{small, bytes}, {large, "large"}};
    shelf.put(files);
    CHECK(shelf.read(small) == bytes);
    CHECK(shelf.read(large) == "large");
    CHECK(fs::is_empty(folder + "/.incoming"));
    CHECK((fs::status(folder + "/aa/" + small).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    shelf.put(files);  // again: the same
    CHECK(shelf.read(small) == bytes);
    shelf.remove(small);
    shelf.remove(small);
    CHECK_FALSE(shelf.has(small));
    CHECK(shelf.has(large));
    CHECK_THROWS_AS(shelf.read("../" + small), std::invalid_argument);
}

TEST_CASE("what cannot be written leaves no file behind", "[media]") {
    const Scratch scratch;
    const std::string folder = scratch.file("media");
    const media::Shelf shelf(folder);
    const std::string name = media::file_name(hash, 160, "jpg");
    const std::vector<media::NewFile> files{{name, "x"}};
    fs::create_directory(folder);
    std::ofstream(folder + "/aa") << "in the way";
    CHECK_THROWS_AS(shelf.put(files), std::runtime_error);
    CHECK(fs::is_empty(folder + "/.incoming"));
}

TEST_CASE("temporary files of who died are removed once they are old", "[media]") {
    const Scratch scratch;
    const std::string folder = scratch.file("media");
    const media::Shelf shelf(folder);
    CHECK(shelf.remove_abandoned(0) == 0);
    fs::create_directories(folder + "/.incoming");
    std::ofstream(folder + "/.incoming/old") << "x";
    std::ofstream(folder + "/.incoming/new") << "x";
    fs::last_write_time(folder + "/.incoming/old", fs::file_time_type::clock::now() - std::chrono::hours(2));
    CHECK(shelf.remove_abandoned(3'600'000) == 1);
    CHECK(fs::exists(folder + "/.incoming/new"));
}
