// See images_service.hpp.
#include "images_service.hpp"

#include <malloc.h>
#include <algorithm>
#include <charconv>
#include <security/password.hpp>

#include "images_store.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::size_t hash_length = 40;
constexpr int reading_threads = 2, most_reading = 512, niceness = 10;
constexpr int widest = 8192;
constexpr std::size_t most_widths = 8, most_cached = 100'000;

Error no_such_image() { return {cloudretail::errors::not_found, "The product has no such picture."}; }

Error too_many(std::size_t most) {
    return {errors::too_many_images, "A product has at most " + std::to_string(most) + " pictures."};
}

Error no_such_file() { return {cloudretail::errors::not_found, "There is no such file."}; }

Error busy() {
    Error error(cloudretail::errors::overloaded, "Too many pictures are waiting; try again in a moment.");
    error.retry_after_s = 1;
    return error;
}

Error being_removed() {
    Error error(cloudretail::errors::unavailable,
                "The same picture is just being removed; try again in a moment.");
    error.retry_after_s = 1;
    return error;
}

std::vector<int> read_widths(const config::Config& config) {
    std::vector<int> widths;
    for (const std::string& text : config.list("pictures.widths")) {
        int width = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), width);
        const bool number = read.ec == std::errc{} && read.ptr == text.data() + text.size();
        if (!number || width < 16 || width > widest || (!widths.empty() && width <= widths.back()))
            throw config::ConfigError("pictures.widths: takes ascending widths from 16 to 8192, not " + text);
        widths.push_back(width);
    }
    if (widths.empty() || widths.size() > most_widths)
        throw config::ConfigError("pictures.widths: takes one to eight widths");
    return widths;
}

Result<> check_alt(const std::string& alt) {
    if (!has_control_characters(alt, false)) return {};
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({"/alt", "must be one line of text"});
    return error;
}

}  // namespace

ImageSettings image_settings(const config::Config& config) {
    ImageSettings s;
    s.folder = config.text("server.data_dir") + "/" + media_folder;
    s.recipe.pixels = config.integer("pictures.pixels");
    s.recipe.widths = read_widths(config);
    s.recipe.jpeg_quality = static_cast<int>(config.integer("pictures.jpeg_quality"));
    s.recipe.webp_quality = static_cast<int>(config.integer("pictures.webp_quality"));
    s.upload_bytes = static_cast<std::size_t>(config.bytes("pictures.upload_bytes"));
    s.per_product = static_cast<std::size_t>(config.integer("pictures.per_product"));
    s.threads = static_cast<int>(config.integer("pictures.threads"));
    s.queue = static_cast<int>(config.integer("pictures.queue"));
    s.cache_bytes = static_cast<std::size_t>(config.bytes("pictures.cache_bytes"));
    return s;
}

Images::Images(db::Database& database, Service& service, ImageSettings settings, metrics::Registry& metrics)
    : database_(database),
      service_(service),
      settings_(std::move(settings)),
      shelf_(settings_.folder),
      made_(metrics.counter("cloudretail_pictures_total", "Uploaded pictures, by what became of them",
                            {{"result", "made"}})),
      reused_(metrics.counter("cloudretail_pictures_total", "Uploaded pictures, by what became of them",
                              {{"result", "reused"}})),
      refused_(metrics.counter("cloudretail_pictures_total", "Uploaded pictures, by what became of them",
                               {{"result", "refused"}})),
      seconds_(metrics.histogram("cloudretail_picture_duration_seconds",
                                 "Time to decode a picture and make its variants")),
      cache_({most_cached, settings_.cache_bytes, 0}, database.clock()),
      pictures_({"picture", settings_.threads, settings_.queue, niceness}),
      files_({"picture-file", reading_threads, most_reading, 0}) {
    metrics.gauge("cloudretail_pictures_waiting", "Pictures waiting to be made", {},
                  [this] { return static_cast<double>(pictures_.waiting()); });
}

/// The product's pictures, for who may change them: what would be refused anyway is refused before it costs
/// anything, and the transaction looks again.
Task<Result<std::vector<Image>>> Images::look_at(Caller caller, ProductId product) {
    auto shown = co_await service_.get(caller, product);
    if (!shown) co_return shown.error();
    if (!may_write(caller, shown->vendor_id)) co_return Error(errors::not_yours, not_yours_detail);
    auto look = [product](db::Session& session) { return store::images_of(session, product); };
    co_return co_await database_.read(std::move(look));
}

bool Images::has_room(const std::vector<Image>& shown, const std::string& hash) const {
    const auto same = [&](const Image& image) { return image.medium.hash == hash; };
    return shown.size() < settings_.per_product || std::ranges::any_of(shown, same);
}

Task<Result<Images::Added>> Images::add(Caller caller, ProductId product, std::string body, std::string alt,
                                        std::string if_match) {
    if (auto fine = check_alt(alt); !fine) co_return fine.error();
    Result<std::vector<Image>> shown = co_await look_at(caller, product);
    if (!shown) co_return shown.error();
    UniqueFunction<Result<Medium>()> work_on([this, body = std::move(body), shown = std::move(*shown)] {
        auto medium = provide(body, shown);
        // The allocator would keep what the largest picture took.
        if (pictures_.waiting() == 0) ::malloc_trim(0);
        return medium;
    });
    Result<Medium> medium = co_await pictures_.run<Medium>(std::move(work_on), busy());
    if (!medium) {
        refused_.add();
        co_return medium.error();
    }
    auto added = std::make_shared<Added>();
    added->image = {ImageId::make(), std::move(*medium), std::move(alt)};
    auto work = [added, most = settings_.per_product](db::Tx& tx, Product& p) -> Result<> {
        if (!store::keep_medium(tx, added->image.medium.hash)) return being_removed();
        auto images = store::images_of(tx.session(), p.id);
        const auto same = std::ranges::find(images, added->image.medium.hash,
                                            [](const Image& image) { return image.medium.hash; });
        if (same != images.end()) {
            *added = {*same, false};
            return {};
        }
        if (images.size() >= most) return too_many(most);
        store::insert_image(tx, p.id, added->image, images.size());
        p.images = store::write_images(tx, p.id);
        return {};
    };
    Result<Shown> edited = co_await service_.edit(std::move(caller), product, std::move(if_match), work);
    if (!edited) co_return edited.error();
    co_return std::move(*added);
}

/// The medium of an upload, on the shelf: found there, or made. Row, files, and (by the caller) the row that
/// shows them come in this order, so that a crash between any two leaves at most something to sweep. On a
/// thread of the pool.
Result<Medium> Images::provide(const std::string& body, const std::vector<Image>& shown) {
    const std::string recipe = settings_.recipe.to_text() + "\n";
    const std::string hash = security::sha256_hex(recipe + body).substr(0, hash_length);
    if (!has_room(shown, hash)) return too_many(settings_.per_product);
    auto known = database_.read_blocking([&](db::Session& s) { return store::stored_medium(s, hash); });
    if (known) {
        reused_.add();
        return std::move(*known);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto rendered = media::render(body, settings_.recipe);
    if (!rendered) return rendered.error();
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    seconds_.observe_us(std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count());

    const media::Variant& largest = rendered->variants.back();
    Medium medium{hash, std::string(rendered->extension), largest.width, largest.height, {}};
    std::vector<media::NewFile> files;
    for (const media::Variant& variant : rendered->variants) {
        medium.widths.push_back(variant.width);
        files.push_back({media::file_name(hash, variant.width, medium.extension), variant.bytes});
    }
    if (!database_.write_blocking([&](db::Tx& tx) { return store::claim_medium(tx, medium); }))
        return being_removed();
    shelf_.put(files);
    made_.add();
    return medium;
}

Task<Result<Image>> Images::change(Caller caller, ProductId product, ImageId image, ImageChange change,
                                   std::string if_match) {
    if (change.alt) {
        if (auto fine = check_alt(*change.alt); !fine) co_return fine.error();
    }
    auto changed = std::make_shared<Image>();
    auto work = [changed, image, change = std::move(change)](db::Tx& tx, Product& p) -> Result<> {
        auto images = store::images_of(tx.session(), p.id);
        const auto found = std::ranges::find(images, image, &Image::id);
        if (found == images.end()) return no_such_image();
        if (change.alt) found->alt = *change.alt;
        *changed = *found;
        if (change.position) {
            images.erase(found);
            const std::size_t at = std::min(*change.position, images.size());
            images.insert(images.begin() + static_cast<std::ptrdiff_t>(at), *changed);
        }
        store::order_images(tx, images);
        p.images = store::write_images(tx, p.id);
        return {};
    };
    Result<Shown> edited = co_await service_.edit(std::move(caller), product, std::move(if_match), work);
    if (!edited) co_return edited.error();
    co_return std::move(*changed);
}

Task<Result<>> Images::remove(Caller caller, ProductId product, ImageId image, std::string if_match) {
    auto work = [image](db::Tx& tx, Product& p) -> Result<> {
        auto images = store::images_of(tx.session(), p.id);
        if (std::erase_if(images, [&](const Image& i) { return i.id == image; }) == 0) return no_such_image();
        store::delete_image(tx, image);
        store::order_images(tx, images);
        p.images = store::write_images(tx, p.id);
        return {};
    };
    Result<Shown> edited = co_await service_.edit(std::move(caller), product, std::move(if_match), work);
    if (!edited) co_return edited.error();
    co_return Result<>();
}

Task<Result<Images::Bytes>> Images::file(std::string name) {
    if (!media::is_file_name(name)) co_return no_such_file();
    auto cached = cache_.find(name);
    if (cached.value) co_return std::move(*cached.value);
    UniqueFunction<Result<Bytes>()> read([this, name]() -> Result<Bytes> {
        auto bytes = shelf_.read(name);
        if (!bytes) return no_such_file();
        return std::make_shared<const std::string>(std::move(*bytes));
    });
    Result<Bytes> bytes = co_await files_.run<Bytes>(std::move(read), busy());
    if (!bytes) co_return bytes.error();
    cache_.put(name, *bytes, name.size() + (*bytes)->size(), cached.ticket);
    co_return std::move(*bytes);
}

Task<std::vector<std::string>> Images::missing(std::vector<Medium> all) {
    using Names = std::vector<std::string>;
    UniqueFunction<Result<Names>()> look([this, all = std::move(all)]() -> Result<Names> {
        Names names;
        for (const Medium& medium : all) {
            for (const int width : medium.widths) {
                std::string name = media::file_name(medium.hash, width, medium.extension);
                if (!shelf_.has(name)) names.push_back(std::move(name));
            }
        }
        return names;
    });
    Result<Names> names = co_await files_.run<Names>(std::move(look), busy());
    if (!names) throw Unavailable(names.error().detail);
    co_return std::move(*names);
}

void Images::forget(const Medium& medium) {
    for (const int width : medium.widths)
        cache_.erase(media::file_name(medium.hash, width, medium.extension));
}

}  // namespace cloudretail::product
