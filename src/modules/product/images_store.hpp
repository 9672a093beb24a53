// SQL of the products' pictures. A row of `media` stands for files on the shelf: it is `coming` before they
// are written, `stored` once a product shows them, `idle` when one has stopped to, `leaving` while they are
// being removed. It is committed before the files exist and deleted after they are gone, so no file is
// without a row, and no row that a product shows without its files. Decides nothing.
#pragma once

#include <db/database.hpp>

#include "images.hpp"

namespace cloudretail::product::store {

/// What is stored under this hash.
std::optional<Medium> stored_medium(db::Session& session, std::string_view hash);
/// Before its files are written. False while it is being removed.
bool claim_medium(db::Tx& tx, const Medium& medium);
/// Its files are there. False where it is not claimed any more.
bool keep_medium(db::Tx& tx, std::string_view hash);

/// In their order.
std::vector<Image> images_of(db::Session& session, ProductId product);
void insert_image(db::Tx& tx, ProductId product, const Image& image, std::size_t position);
/// Writes alt and the place of each of a product's pictures.
void order_images(db::Tx& tx, std::span<const Image> images);
void delete_image(db::Tx& tx, ImageId image);
/// All of a product's, and what lists show of them. `at_once`: no grace for files that nobody shows now.
void drop_images(db::Tx& tx, ProductId product, bool at_once);
/// What the product's row, and so every list, says of its pictures; answers it.
std::string write_images(db::Tx& tx, ProductId product);

/// Marks at most `limit` media that no product shows and that were not touched for `grace_ms` as leaving, and
/// takes over what somebody else began to remove and left for `stale_ms`; answers them. What is idle and yet
/// shown by another product is stored again.
std::vector<Medium> begin_removal(db::Tx& tx, std::int64_t grace_ms, std::int64_t stale_ms, int limit);
void end_removal(db::Tx& tx, std::span<const Medium> media);

/// Media that should be whole (stored), with a hash above `after`, in the order of their hashes.
std::vector<Medium> stored_media(db::Session& session, std::string_view after, int limit);
/// Media that products show and that are on their way in or out.
std::vector<std::string> shown_but_not_stored(db::Session& session, int limit);

/// Products whose row says something else of their pictures than the pictures' rows do.
std::vector<ProductId> with_wrong_images(db::Session& session, int limit);
/// Writes their rows anew; answers how many.
std::int64_t mend_images(db::Tx& tx);

}  // namespace cloudretail::product::store
