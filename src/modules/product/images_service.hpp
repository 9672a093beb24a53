// The use-cases of the products' pictures: who may, how many, in which order the files and the rows come
// about. Not HTTP, not SQL. Coroutines run on the caller's io thread; pictures are made and files written on
// a pool of their own, files read on another. Thread-safe.
#pragma once

#include <cache/cache.hpp>
#include <config/config.hpp>
#include <db/database.hpp>
#include <media/picture.hpp>
#include <media/shelf.hpp>
#include <metrics/metrics.hpp>
#include <runtime/work_pool.hpp>

#include "images.hpp"
#include "service.hpp"

namespace cloudretail::product {

/// In the data directory.
inline constexpr const char* media_folder = "media";

struct ImageSettings {
    std::string folder;
    media::Recipe recipe;
    std::size_t upload_bytes = 5 * 1024 * 1024;
    std::size_t per_product = 12;
    int threads = 1, queue = 16;
    std::size_t cache_bytes = 16 * 1024 * 1024;
};
/// Throws config::ConfigError for widths that mean nothing.
ImageSettings image_settings(const config::Config& config);

/// What a PATCH wants changed; absent = as it is.
struct ImageChange {
    std::optional<std::string> alt;
    std::optional<std::size_t> position;  // past the end: the last
};

class Images {
  public:
    using Bytes = std::shared_ptr<const std::string>;
    struct Added {
        Image image;
        bool is_new = true;  // false: the product had this picture already
    };

    Images(db::Database& database, Service& service, ImageSettings settings, metrics::Registry& metrics);

    /// Adds a picture as the last. The same bytes again are no second picture. `if_match` is about the
    /// product. Errors: not_found, not_yours, stale, too_many_images, what media::render says, overloaded,
    /// unavailable (the same picture is just being removed).
    Task<Result<Added>> add(Caller caller, ProductId product, std::string body, std::string alt,
                            std::string if_match);
    /// Errors: not_found, not_yours, stale, validation.
    Task<Result<Image>> change(Caller caller, ProductId product, ImageId image, ImageChange change,
                               std::string if_match);
    /// Errors: not_found, not_yours, stale.
    Task<Result<>> remove(Caller caller, ProductId product, ImageId image, std::string if_match);
    /// A file of the shelf, from memory or from the disk. Errors: not_found, overloaded.
    Task<Result<Bytes>> file(std::string name);
    /// The files of these media that are not there. Throws Unavailable where too much is being read.
    Task<std::vector<std::string>> missing(std::vector<Medium> media);
    /// Its files are gone.
    void forget(const Medium& medium);

    [[nodiscard]] const ImageSettings& settings() const { return settings_; }
    [[nodiscard]] const media::Shelf& shelf() const { return shelf_; }
    [[nodiscard]] cache::Statistics cached() const { return cache_.statistics(); }

  private:
    Task<Result<std::vector<Image>>> look_at(Caller caller, ProductId product);
    Result<Medium> provide(const std::string& body, const std::vector<Image>& shown);
    [[nodiscard]] bool has_room(const std::vector<Image>& shown, const std::string& hash) const;

    db::Database& database_;
    Service& service_;
    const ImageSettings settings_;
    const media::Shelf shelf_;
    metrics::Counter &made_, &reused_, &refused_;
    metrics::Histogram& seconds_;
    cache::Cache<std::string, Bytes> cache_;
    runtime::WorkPool pictures_, files_;  // last: their threads use everything above
};

}  // namespace cloudretail::product
