// Pictures of products on both databases: who may, how many, in which order, what lists show, and when files
// go.
#include <filesystem>
#include <future>
#include <support/pictures.hpp>

#include "catalogue.hpp"
#include "images_check.hpp"
#include "images_service.hpp"
#include "images_store.hpp"
#include "images_sweep.hpp"
#include "store.hpp"

using namespace cloudretail;
using namespace cloudretail::product;
using test::jpeg_of;
using test::png_of;

namespace {

constexpr std::int64_t grace_ms = 3'600'000;

struct Gallery : Catalogue {
    explicit Gallery(db::Dialect dialect, std::size_t most = 3)
        : Catalogue(dialect),
          most_(most),
          images(database, service, settings(), registry),
          sweeper(database, images, {grace_ms, grace_ms}, registry) {}
    ~Gallery() { std::filesystem::remove_all(folder_); }

    ProductId new_product(const Caller& who, const std::string& name = "Laptop") {
        return Catalogue::add(who, change(name));
    }
    [[nodiscard]] ImageSettings settings() const {
        ImageSettings s;
        s.folder = folder_;
        s.per_product = most_;
        s.queue = 100;
        return s;
    }
    Result<Images::Added> add(const Caller& who, ProductId id, const std::string& file,
                              const std::string& alt = "", const std::string& if_match = "") {
        return run(images.add(who, id, file, alt, if_match));
    }
    Image added(const Caller& who, ProductId id, const std::string& file, const std::string& alt = "") {
        auto answer = add(who, id, file, alt);
        REQUIRE(answer);
        return answer->image;
    }
    /// What the product's row shows.
    std::string shown(ProductId id) {
        const auto product = database.read_blocking([id](db::Session& s) { return store::find(s, id); });
        return product->images;
    }
    std::vector<std::string> alts(ProductId id) {
        std::vector<std::string> texts;
        for (const Image& image :
             database.read_blocking([id](db::Session& s) { return store::images_of(s, id); }))
            texts.push_back(image.alt);
        return texts;
    }
    std::int64_t media_rows() {
        return database.read_blocking([](db::Session& s) { return s.number("SELECT COUNT(*) FROM media"); });
    }
    [[nodiscard]] bool on_shelf(const Image& image) const {
        return images.shelf().has(
            media::file_name(image.medium.hash, image.medium.width, image.medium.extension));
    }
    std::vector<std::string> violations() {
        std::vector<std::string> rules;
        for (const auto& v : run(check_images(database, images, 10))) rules.push_back(v.rule);
        return rules;
    }
    std::string etag(ProductId id) { return run(service.get(admin(), id))->etag; }

    const std::string folder_ =
        (std::filesystem::temp_directory_path() / ("cloudretail-media-" + make_uuid().to_string())).string();
    std::size_t most_;
    metrics::Registry registry;
    Images images;
    ImageSweeper sweeper;
};

std::string slug_of(const Result<Images::Added>& answer) {
    return answer ? "added" : std::string(answer.error().type->slug);
}

}  // namespace

TEST_CASE_ON_BOTH("a product shows its pictures where it is shown itself, and its ETag moves", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    CHECK(g.shown(id) == "[]");
    const std::string before = g.etag(id);
    const Image image = g.added(vendor, id, jpeg_of(400, 300), "The front");
    CHECK(g.etag(id) != before);
    CHECK(image.medium.width == 400);
    CHECK(image.medium.height == 300);
    CHECK(image.medium.widths == std::vector<int>{160, 320, 400});
    CHECK(g.shown(id) == "[" + render(image) + "]");
    CHECK(g.run(g.service.get(Caller{}, id))->body->find(url_of(image.medium, 400)) != std::string::npos);
    const auto listing = g.run(g.service.list({}, Sort::newest, {}));
    REQUIRE(listing.items.size() == 1);
    CHECK(listing.items[0].find("\"srcset\":\"" + url_of(image.medium, 160) + " 160w, ") !=
          std::string::npos);
    CHECK(g.on_shelf(image));
    CHECK(g.violations().empty());
    // A change of the product itself leaves them alone.
    Change change;
    change.name = "Another name";
    REQUIRE(g.run(g.service.change(vendor, id, change, "")));
    CHECK(g.shown(id) == "[" + render(image) + "]");
}

TEST_CASE_ON_BOTH("only its vendor and administrators may touch a product's pictures", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const Image image = g.added(vendor, id, png_of(20, 10));
    CHECK(slug_of(g.add(Gallery::vendor(), id, png_of(20, 10))) == "not-your-product");
    CHECK(slug_of(g.add(vendor, ProductId::make(), png_of(20, 10))) == "not-found");
    CHECK(slug_of(g.add(vendor, id, png_of(21, 10), "", "\"stale\"")) == "stale");
    CHECK(slug_of(g.add(vendor, id, png_of(21, 10), "two\nlines")) == "validation");
    CHECK(g.run(g.images.change(Gallery::vendor(), id, image.id, {.alt = "x"}, ""))
              .error()
              .is(product::errors::not_yours));
    CHECK(g.run(g.images.remove(Gallery::vendor(), id, image.id, "")).error().is(product::errors::not_yours));
    CHECK(g.run(g.images.remove(vendor, id, ImageId::make(), "")).error().is(cloudretail::errors::not_found));
    CHECK(slug_of(g.add(Gallery::admin(), id, png_of(22, 10))) == "added");
    CHECK(g.run(g.images.change(Gallery::admin(), id, image.id, {.alt = "By the house"}, ""))->alt ==
          "By the house");
    CHECK(g.run(g.images.remove(vendor, id, image.id, g.etag(id))));
}

TEST_CASE_ON_BOTH("a product has so many pictures and no more, and the same one is no second", "[images]") {
    Gallery g(dialect, 2);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const Image first = g.added(vendor, id, png_of(20, 10), "first");
    g.added(vendor, id, png_of(21, 10));
    CHECK(slug_of(g.add(vendor, id, png_of(22, 10))) == "too-many-images");
    const auto again = g.add(vendor, id, png_of(20, 10), "another text");
    REQUIRE(again);
    CHECK_FALSE(again->is_new);
    CHECK(again->image.id == first.id);
    CHECK(again->image.alt == "first");
    CHECK(g.alts(id).size() == 2);
}

TEST_CASE_ON_BOTH("pictures stand in the order that they are given", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    std::vector<Image> all;
    for (const char* alt : {"a", "b", "c"})
        all.push_back(g.added(vendor, id, png_of(20 + static_cast<int>(all.size()), 10), alt));
    using Alts = std::vector<std::string>;
    const auto move = [&](std::size_t which, std::size_t to) {
        REQUIRE(g.run(g.images.change(vendor, id, all[which].id, {.position = to}, "")));
        CHECK(g.violations().empty());
        return g.alts(id);
    };
    CHECK(move(2, 0) == Alts{"c", "a", "b"});
    CHECK(move(2, 1) == Alts{"a", "c", "b"});
    CHECK(move(0, 99) == Alts{"c", "b", "a"});
    REQUIRE(g.run(g.images.remove(vendor, id, all[1].id, "")));
    CHECK(g.alts(id) == Alts{"c", "a"});
    g.added(vendor, id, png_of(30, 10), "d");
    CHECK(g.alts(id) == Alts{"c", "a", "d"});
}

TEST_CASE_ON_BOTH("the same content lies there once, and goes some time after nobody shows it", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor(), other = Gallery::vendor();
    const ProductId mine = g.new_product(vendor), theirs = g.new_product(other, "Lamp");
    const Image here = g.added(vendor, mine, jpeg_of(50, 50)),
                there = g.added(other, theirs, jpeg_of(50, 50));
    CHECK(here.medium.hash == there.medium.hash);
    CHECK(here.id != there.id);
    CHECK(g.media_rows() == 1);
    REQUIRE(g.run(g.images.remove(vendor, mine, here.id, "")));
    g.clock.advance_ms(2 * grace_ms);
    CHECK(g.sweeper.sweep() == 0);
    CHECK(g.on_shelf(there));
    REQUIRE(g.run(g.service.remove(other, theirs, "")));
    g.clock.advance_ms(grace_ms - 1);
    CHECK(g.sweeper.sweep() == 0);
    CHECK(g.on_shelf(there));
    g.clock.advance_ms(2);
    CHECK(g.sweeper.sweep() == 1);
    CHECK_FALSE(g.on_shelf(there));
    CHECK(g.media_rows() == 0);
    // Not served from memory either, and there again when it is uploaded again.
    CHECK(
        g.run(g.images.file(url_of(there.medium, 50).substr(7))).error().is(cloudretail::errors::not_found));
    CHECK(g.on_shelf(g.added(vendor, mine, jpeg_of(50, 50))));
}

TEST_CASE_ON_BOTH("a picture that comes back within its time stays", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const Image image = g.added(vendor, id, jpeg_of(50, 50));
    REQUIRE(g.run(g.images.remove(vendor, id, image.id, "")));
    g.clock.advance_ms(grace_ms / 2);
    g.added(vendor, id, jpeg_of(50, 50));
    g.clock.advance_ms(2 * grace_ms);
    CHECK(g.sweeper.sweep() == 0);
    CHECK(g.on_shelf(image));
    CHECK(g.violations().empty());
}

TEST_CASE_ON_BOTH("an upload that ended between its files and its row leaves only what is swept",
                  "[images]") {
    Gallery g(dialect);
    const Medium medium{std::string(40, 'b'), "jpg", 160, 90, {160}};
    g.database.write_blocking([&](db::Tx& tx) { return store::claim_medium(tx, medium); });
    const std::vector<media::NewFile> files{{media::file_name(medium.hash, 160, "jpg"), "bytes"}};
    g.images.shelf().put(files);
    CHECK(g.violations().empty());
    CHECK_FALSE(
        g.database.read_blocking([&](db::Session& s) { return store::stored_medium(s, medium.hash); }));
    g.clock.advance_ms(grace_ms + 1);
    CHECK(g.sweeper.sweep() == 1);
    CHECK(g.media_rows() == 0);
}

TEST_CASE_ON_BOTH("what is being removed is neither shown nor claimed until it is gone", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const Image image = g.added(vendor, id, jpeg_of(50, 50));
    REQUIRE(g.run(g.images.remove(vendor, id, image.id, "")));
    g.clock.advance_ms(grace_ms + 1);
    const auto begin = [&](std::int64_t stale_ms) {
        return g.database.write_blocking(
            [=](db::Tx& tx) { return store::begin_removal(tx, grace_ms, stale_ms, 10).size(); });
    };
    CHECK(begin(grace_ms) == 1);
    CHECK(begin(grace_ms) == 0);  // somebody else is at it
    CHECK(slug_of(g.add(vendor, id, jpeg_of(50, 50))) == "unavailable");
    g.clock.advance_ms(grace_ms + 1);
    CHECK(begin(grace_ms) == 1);  // who began it has died
    g.clock.advance_ms(grace_ms + 1);
    CHECK(g.sweeper.sweep() == 1);
    CHECK(slug_of(g.add(vendor, id, jpeg_of(50, 50))) == "added");
}

TEST_CASE_ON_BOTH("a check finds files that are not there and rows that show something else", "[images]") {
    Gallery g(dialect);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const Image image = g.added(vendor, id, jpeg_of(50, 50));
    g.images.shelf().remove(media::file_name(image.medium.hash, 50, "jpg"));
    CHECK(g.violations() == std::vector<std::string>{"a picture that is stored has its files"});
    g.database.write_blocking(
        [&](db::Tx& tx) { return tx->exec("UPDATE products SET images = '[]' WHERE id = :id", id); });
    CHECK(g.violations().size() == 2);
    CHECK(g.database.write_blocking([](db::Tx& tx) { return store::mend_images(tx); }) == 1);
    CHECK(g.database.write_blocking([](db::Tx& tx) { return store::mend_images(tx); }) == 0);
    CHECK(g.shown(id) == "[" + render(image) + "]");
    g.database.write_blocking([](db::Tx& tx) { return tx->exec("UPDATE media SET state = 'leaving'"); });
    CHECK(g.violations() == std::vector<std::string>{"a picture that a product shows is stored"});
}

TEST_CASE("a full queue is said so at once", "[images]") {
    Gallery g(db::Dialect::sqlite);
    ImageSettings one = g.settings();
    one.queue = 1;
    Images narrow(g.database, g.service, one, g.registry);
    const Caller vendor = Gallery::vendor();
    const ProductId id = g.new_product(vendor);
    const std::string file = jpeg_of(900, 900);
    std::vector<std::future<Result<Images::Added>>> asked;
    for (int i = 0; i < 20; ++i)
        asked.push_back(boost::asio::co_spawn(g.threads.context(0), narrow.add(vendor, id, file, "", ""),
                                              boost::asio::use_future));
    int added = 0, refused = 0;
    for (auto& future : asked) {
        const auto answer = future.get();
        added += answer ? 1 : 0;
        refused += !answer && answer.error().is(cloudretail::errors::overloaded) ? 1 : 0;
    }
    CHECK(added >= 1);
    CHECK(refused >= 1);
    CHECK(added + refused == 20);
}
