// See images_store.hpp.
#include "images_store.hpp"

#include <algorithm>

namespace cloudretail::product::store {

namespace {

Medium read_medium(const db::Row& row, int first) {
    Medium medium;
    medium.hash = row.text(first);
    medium.extension = row.text(first + 1);
    medium.width = static_cast<int>(row.integer(first + 2));
    medium.height = static_cast<int>(row.integer(first + 3));
    medium.widths = widths_from_text(row.text(first + 4));
    return medium;
}

Medium read_first(const db::Row& row) { return read_medium(row, 0); }

/// One product less shows it. Whether another does is looked at when it would go.
void release(db::Tx& tx, std::string_view hash, Timestamp at) {
    tx->exec("UPDATE media SET state = 'idle', touched_at = :at WHERE hash = :hash", at, hash);
}

}  // namespace

std::optional<Medium> stored_medium(db::Session& session, std::string_view hash) {
    return session.query_one(
        "ttiit",
        "SELECT hash, extension, width, height, widths FROM media WHERE hash = :hash AND state IN "
        "('stored', 'idle')",
        read_first, hash);
}

bool claim_medium(db::Tx& tx, const Medium& medium) {
    const std::string widths = widths_to_text(medium.widths);
    return tx->exec(
               "INSERT INTO media (hash, extension, width, height, widths, state, touched_at) VALUES (:hash, "
               ":extension, :width, :height, :widths, 'coming', :now) ON CONFLICT (hash) DO UPDATE SET "
               "touched_at = excluded.touched_at WHERE media.state <> 'leaving'",
               medium.hash, medium.extension, medium.width, medium.height, widths, tx.now()) > 0;
}

bool keep_medium(db::Tx& tx, std::string_view hash) {
    return tx->exec(
               "UPDATE media SET state = 'stored', touched_at = :now WHERE hash = :hash AND state <> "
               "'leaving'",
               tx.now(), hash) > 0;
}

std::vector<Image> images_of(db::Session& session, ProductId product) {
    return session.query(
        "ttttiit",
        "SELECT i.id, i.alt, m.hash, m.extension, m.width, m.height, m.widths FROM product_images i JOIN "
        "media m ON m.hash = i.hash WHERE i.product_id = :product ORDER BY i.position, i.id",
        [](const db::Row& row) {
            return Image{row.id<ImageId>(0), read_medium(row, 2), row.text(1)};
        },
        product);
}

void insert_image(db::Tx& tx, ProductId product, const Image& image, std::size_t position) {
    tx->exec(
        "INSERT INTO product_images (id, product_id, hash, position, alt, created_at) VALUES (:id, :product, "
        ":hash, :position, :alt, :now)",
        image.id, product, image.medium.hash, static_cast<std::int64_t>(position), image.alt, tx.now());
}

void order_images(db::Tx& tx, std::span<const Image> images) {
    std::int64_t position = 0;
    for (const Image& image : images) {
        tx->exec("UPDATE product_images SET position = :position, alt = :alt WHERE id = :id", position++,
                 image.alt, image.id);
    }
}

void delete_image(db::Tx& tx, ImageId image) {
    tx->exec(
        "UPDATE media SET state = 'idle', touched_at = :now WHERE hash = (SELECT hash FROM product_images "
        "WHERE id = :id)",
        tx.now(), image);
    tx->exec("DELETE FROM product_images WHERE id = :id", image);
}

void drop_images(db::Tx& tx, ProductId product, bool at_once) {
    const auto images = images_of(tx.session(), product);
    if (images.empty()) return;
    for (const Image& image : images) release(tx, image.medium.hash, at_once ? Timestamp{} : tx.now());
    tx->exec("DELETE FROM product_images WHERE product_id = :product", product);
    write_images(tx, product);
}

std::string write_images(db::Tx& tx, ProductId product) {
    std::string text = render(images_of(tx.session(), product));
    tx->exec("UPDATE products SET images = :images WHERE id = :product", text, product);
    return text;
}

std::vector<Medium> begin_removal(db::Tx& tx, std::int64_t grace_ms, std::int64_t stale_ms, int limit) {
    const Timestamp before = tx.now().plus_ms(-grace_ms), left = tx.now().plus_ms(-stale_ms);
    tx->exec(
        "UPDATE media SET state = 'stored' WHERE state = 'idle' AND touched_at <= :before AND EXISTS (SELECT "
        "1 FROM product_images i WHERE i.hash = media.hash)",
        before);
    auto found = tx->query(
        "ttiit",
        "SELECT hash, extension, width, height, widths FROM media WHERE state <> 'stored' AND ((state = "
        "'leaving' AND touched_at <= :left) OR (state <> 'leaving' AND touched_at <= :before)) ORDER BY "
        "touched_at LIMIT :limit",
        read_first, left, before, limit);
    // Looked at again as it is marked: on PostgreSQL an upload may have come between.
    std::erase_if(found, [&](const Medium& medium) {
        return tx->exec(
                   "UPDATE media SET state = 'leaving', touched_at = :now WHERE hash = :hash AND state <> "
                   "'stored' AND ((state = 'leaving' AND touched_at <= :left) OR (state <> 'leaving' AND "
                   "touched_at <= :before)) AND NOT EXISTS (SELECT 1 FROM product_images i WHERE i.hash = "
                   "media.hash)",
                   tx.now(), medium.hash, left, before) == 0;
    });
    return found;
}

void end_removal(db::Tx& tx, std::span<const Medium> media) {
    for (const Medium& medium : media)
        tx->exec("DELETE FROM media WHERE hash = :hash AND state = 'leaving'", medium.hash);
}

std::vector<Medium> stored_media(db::Session& session, std::string_view after, int limit) {
    return session.query(
        "ttiit",
        "SELECT hash, extension, width, height, widths FROM media WHERE hash > :after AND state = 'stored' "
        "ORDER BY hash LIMIT :limit",
        read_first, after, limit);
}

std::vector<std::string> shown_but_not_stored(db::Session& session, int limit) {
    return session.query(
        "t",
        "SELECT DISTINCT i.hash FROM product_images i LEFT JOIN media m ON m.hash = i.hash WHERE m.hash IS "
        "NULL OR m.state IN ('coming', 'leaving') LIMIT :limit",
        [](const db::Row& row) { return row.text(0); }, limit);
}

std::vector<ProductId> with_wrong_images(db::Session& session, int limit) {
    std::vector<ProductId> wrong;
    std::string after;
    constexpr int chunk = 500;
    struct Said {
        ProductId id;
        std::string images;
    };
    for (;;) {
        const auto products = session.query(
            "tt",
            "SELECT id, images FROM products WHERE id > :after AND (images <> '[]' OR EXISTS (SELECT 1 FROM "
            "product_images i WHERE i.product_id = products.id)) ORDER BY id LIMIT :limit",
            [](const db::Row& row) {
                return Said{row.id<ProductId>(0), row.text(1)};
            },
            after, chunk);
        for (const Said& said : products) {
            if (render(images_of(session, said.id)) == said.images) continue;
            wrong.push_back(said.id);
            if (static_cast<int>(wrong.size()) == limit) return wrong;
        }
        if (static_cast<int>(products.size()) < chunk) return wrong;
        after = products.back().id.to_string();
    }
}

std::int64_t mend_images(db::Tx& tx) {
    constexpr int all = 1'000'000;
    const auto wrong = with_wrong_images(tx.session(), all);
    for (const ProductId id : wrong) write_images(tx, id);
    return static_cast<std::int64_t>(wrong.size());
}

}  // namespace cloudretail::product::store
