// See images_check.hpp.
#include "images_check.hpp"

#include "images_store.hpp"

namespace cloudretail::product {

namespace {

constexpr int chunk = 500;

/// Of the rows, seen together.
std::vector<app::Violation> faults_of_rows(db::Session& session, int limit) {
    std::vector<app::Violation> found;
    for (const ProductId id : store::with_wrong_images(session, limit))
        found.push_back({"a product shows the pictures that its rows name", id.to_string()});
    for (std::string& hash : store::shown_but_not_stored(session, limit))
        found.push_back({"a picture that a product shows is stored", std::move(hash)});
    return found;
}

}  // namespace

Task<std::vector<app::Violation>> check_images(db::Database& database, Images& images, int limit) {
    auto rows = [limit](db::Session& session) { return faults_of_rows(session, limit); };
    auto found = co_await database.snapshot(std::move(rows));
    int missing = 0;
    std::string after;
    for (;;) {
        auto look = [after](db::Session& session) { return store::stored_media(session, after, chunk); };
        const auto media = co_await database.read(std::move(look));
        if (media.empty()) co_return found;
        after = media.back().hash;
        for (const std::string& name : co_await images.missing(media)) {
            found.push_back({"a picture that is stored has its files", name});
            if (++missing == limit) co_return found;
        }
    }
}

}  // namespace cloudretail::product
