// Exporting and erasing vendors; see person.hpp.
#include "person.hpp"

#include <base/json.hpp>
#include "images_store.hpp"
#include "person_store.hpp"

namespace cloudretail::product {

namespace {

constexpr int chunk = 100;

Task<std::string> show(db::Database& database, UserId person, int rows) {
    auto look = [person, rows](db::Session& s) { return store::products_of(s, person, {}, rows + 1); };
    auto products = co_await database.read(std::move(look));
    const bool truncated = products.size() > static_cast<std::size_t>(rows);
    if (truncated) products.pop_back();
    json::Writer w;
    w.begin_object().key("products").begin_array();
    for (const auto& p : products)
        w.begin_object()
            .member("id", p.id)
            .member("name", p.name)
            .member("status", p.status)
            .member("createdAt", p.created_at)
            .end_object();
    w.end_array().member("truncated", truncated).end_object();
    co_return w.take();
}

Result<> without_images(db::Tx& tx, Product& product) {
    store::drop_images(tx, product.id, true);
    product.images = "[]";
    return {};
}

/// Past orders keep what they sold; a product without a vendor is sold no more, and its pictures go: who
/// knows what they show.
Task<std::string> erase(db::Database& database, Service& service, ImageSweeper& sweeper, UserId person) {
    Caller vendor;
    vendor.id = person;
    vendor.role = Role::vendor;
    Change archive;
    archive.status = Status::archived;
    ProductId after;
    for (;;) {
        auto look = [person, after](db::Session& s) { return store::products_of(s, person, after, chunk); };
        auto products = co_await database.read(std::move(look));
        if (products.empty()) {
            sweeper.wake();
            co_return std::string();
        }
        after = products.back().id;
        for (const auto& p : products) {
            if (p.has_images) {
                auto undressed = co_await service.edit(vendor, p.id, "", without_images);
                if (!undressed && !undressed.error().is(cloudretail::errors::not_found))
                    co_return std::string("a product's pictures cannot be removed");
            }
            if (p.status != to_text(Status::archived)) {
                auto archived = co_await service.change(vendor, p.id, archive, "");
                if (!archived && !archived.error().is(cloudretail::errors::not_found))
                    co_return std::string("a product cannot be archived");
            }
        }
    }
}

}  // namespace

app::PersonHolder person_holder(db::Database& database, Service& service, ImageSweeper& sweeper) {
    return {
        "product", &database, [&database](UserId person, int rows) { return show(database, person, rows); },
        [&database, &service, &sweeper](UserId person) { return erase(database, service, sweeper, person); }};
}

}  // namespace cloudretail::product
