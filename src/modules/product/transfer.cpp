// See transfer.hpp.
#include "transfer.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "routes.hpp"
#include "store.hpp"
#include "text.hpp"
#include "transfer_store.hpp"

namespace cloudretail::product {

namespace {

using transfer::Column;
using transfer::Fate;

constexpr int page_rows = 500;

/// The order of the columns is part of the format (docs/import-export.md). A vendor's own file names no
/// vendor.
std::vector<Column> columns(bool with_vendor) {
    using Kind = Column::Kind;
    std::vector<Column> all{{"vendorId"},
                            {"sku", Kind::text, true},
                            {"name", Kind::text, true},
                            {"description", Kind::text, true},
                            {"price", Kind::number, true},
                            {"category", Kind::text, true},
                            {"status"},
                            {"attributes", Kind::json}};
    if (!with_vendor) all.erase(all.begin());
    return all;
}

std::vector<std::optional<std::string>> cells(const Product& p, bool with_vendor) {
    std::vector<std::optional<std::string>> all;
    if (with_vendor) all.emplace_back(p.vendor_id.to_string());
    all.insert(all.end(), {p.sku, p.name, p.description, p.price.to_string(), p.category,
                           std::string(to_text(p.status)), p.attributes});
    return all;
}

std::string sku_of(json::View row) { return std::string(trim(row["sku"].text().value_or(""))); }

UserId vendor_of(json::View row, UserId otherwise) {
    return UserId::parse(row["vendorId"].text().value_or("")).value_or(otherwise);
}

bool same(const Product& a, const Product& b) {
    return a.name == b.name && a.description == b.description && a.price == b.price &&
           a.category == b.category && a.sku == b.sku && a.attributes == b.attributes && a.status == b.status;
}

Error invalid(std::vector<FieldError> fields) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    error.fields = std::move(fields);
    return error;
}

}  // namespace

/// Rows that are carried out in one transaction, and what the last try of it came to.
struct Transfer::Batch {
    Caller caller;
    UserId vendor{};
    bool dry_run = false;
    transfer::Rows rows;
    std::size_t first = 0, count = 0;
    std::map<std::pair<UserId, std::string>, Product> known{};
    std::set<std::string> categories{};  // that are there
    std::vector<Product> added{}, changed{};
    transfer::Fates fates{};
};

Transfer::Transfer(Service& service, db::Database& database, transfer::Settings settings)
    : service_(service), database_(database), settings_(settings), slots_(settings.at_once) {}

Task<Result<http::Response>> Transfer::take(gateway::Call* call, std::optional<UserId> vendor, bool dry_run) {
    const Caller caller = call->caller;
    if (vendor && !may_write(caller, *vendor))
        co_return Error(cloudretail::errors::forbidden, "Vendors bring their own products.");
    const UserId owner = vendor.value_or(caller.id);
    transfer::Importing importing{
        settings_, slots_, columns(true),
        [owner](json::View row) { return vendor_of(row, owner).to_string() + sku_of(row); },
        [this, caller, owner, dry_run](transfer::Rows rows) {
            return apply(caller, owner, dry_run, std::move(rows));
        }};
    co_return co_await transfer::import_rows(call, &importing);
}

Task<transfer::Fates> Transfer::apply(Caller caller, UserId vendor, bool dry_run, transfer::Rows rows) {
    auto batch = std::make_shared<Batch>(Batch{std::move(caller), vendor, dry_run, rows, 0, rows->size()});
    if (co_await run(batch)) co_return std::move(batch->fates);
    // Another process came between: one row at a time, each by itself.
    transfer::Fates all;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        batch->first = i;
        batch->count = 1;
        co_await run(batch);
        all.push_back(std::move(batch->fates.back()));
    }
    co_return all;
}

/// False where the transaction was given up because of one of its rows.
Task<bool> Transfer::run(std::shared_ptr<Batch> batch) {
    auto job = [this, batch](db::Tx& tx, std::vector<ProductId>& touched) {
        return carry_out(tx, *batch, touched);
    };
    const Result<> done = co_await service_.write_many(std::move(job));
    co_return done || batch->fates.size() == batch->count;
}

/// First the fate of each row, then what they come to, a statement for each table. An error undoes the
/// transaction: of a dry run, with all fates; else without them, unless there is one row to blame.
Result<> Transfer::carry_out(db::Tx& tx, Batch& batch, std::vector<ProductId>& touched) const {
    look_up(tx.session(), batch);
    for (std::size_t i = batch.first; i < batch.first + batch.count; ++i)
        batch.fates.push_back(decide(tx, batch, (*batch.rows)[i].root()));
    Result<> done = service_.add_in(tx, batch.caller, batch.added);
    if (done) done = service_.change_in(tx, batch.caller, batch.changed);
    if (!done) {
        batch.fates.clear();
        if (batch.count == 1) batch.fates.emplace_back(done.error());
        return done;
    }
    for (const auto* products : {&batch.added, &batch.changed})
        for (const Product& product : *products) touched.push_back(product.id);
    if (batch.dry_run) return Error(cloudretail::errors::validation, "Nothing is written by a dry run.");
    return {};
}

/// What is there of the products that the rows name.
void Transfer::look_up(db::Session& session, Batch& batch) {
    batch.fates.clear();
    batch.known.clear();
    batch.categories.clear();
    batch.added.clear();
    batch.changed.clear();
    std::map<UserId, std::vector<std::string>> wanted;
    for (std::size_t i = batch.first; i < batch.first + batch.count; ++i) {
        const json::View row = (*batch.rows)[i].root();
        wanted[vendor_of(row, batch.vendor)].push_back(sku_of(row));
    }
    for (const auto& [vendor, skus] : wanted)
        for (Product& p : store::by_skus(session, vendor, skus))
            batch.known.emplace(std::pair(vendor, *p.sku), std::move(p));
}

/// Puts what is to be written on the batch's lists.
Result<Fate> Transfer::decide(db::Tx& tx, Batch& batch, json::View row) const {
    const UserId vendor = vendor_of(row, batch.vendor);
    if (!may_write(batch.caller, vendor))
        return Error(errors::not_yours, "Only its vendor or an administrator may change this product.");
    auto change = read_whole(row);
    if (!change) return change.error();
    auto problems = problems_of(*change);
    if (!problems.empty()) return invalid(std::move(problems));
    const auto known = batch.known.find({vendor, sku_of(row)});
    const bool fresh = known == batch.known.end();
    Product product;
    if (fresh) {
        product.id = ProductId::make();
        product.vendor_id = vendor;
    } else {
        product = known->second;
    }
    product::apply(*change, product);
    if (!fresh && same(product, known->second)) return Fate::unchanged;
    if (!batch.categories.contains(product.category)) {
        auto made = service_.ensure_category(tx, product, trim(*change->category));
        if (!made) return made.error();
        batch.categories.insert(product.category);
    }
    (fresh ? batch.added : batch.changed).push_back(std::move(product));
    return fresh ? Fate::created : Fate::updated;
}

/// The pages of an export, one after the other.
struct Transfer::Walk {
    db::Database& database;
    transfer::RowWriter writer;
    std::optional<UserId> vendor;
    bool with_vendor;
    std::optional<store::Place> after{};
    bool end = false;

    static Task<std::optional<std::string>> next(std::shared_ptr<Walk> self) {
        if (self->end) co_return std::nullopt;
        auto look = [vendor = self->vendor, after = self->after](db::Session& session) {
            return store::in_order(session, vendor, after, page_rows);
        };
        const auto page = co_await self->database.read(std::move(look));
        self->end = page.size() < page_rows;
        if (page.empty()) co_return std::nullopt;
        self->after = {page.back().vendor_id, page.back().sku, page.back().id};
        std::string text;
        for (const Product& product : page) self->writer.add(text, cells(product, self->with_vendor));
        co_return text;
    }
};

Result<http::Response> Transfer::give(const Caller& caller, std::optional<UserId> vendor,
                                      transfer::Format format) {
    const bool all = caller.is_admin();
    if (!all && vendor && *vendor != caller.id)
        return Error(cloudretail::errors::forbidden, "Vendors take their own products along.");
    const transfer::RowWriter writer(format, columns(all));
    const auto walk =
        std::make_shared<Walk>(Walk{database_, writer, all ? vendor : std::optional(caller.id), all});
    return transfer::export_response(writer, format, "products", [walk] { return Walk::next(walk); });
}

Task<std::vector<Snapshot>> Service::find_by_sku(UserId vendor, std::vector<std::string> skus) {
    auto look = [vendor, skus = std::move(skus)](db::Session& session) {
        std::vector<Snapshot> found;
        for (const Product& p : store::by_skus(session, vendor, skus)) found.push_back(snapshot_of(p));
        return found;
    };
    co_return co_await database_.read(std::move(look));
}

Task<std::vector<Snapshot>> Service::walk(std::optional<UserId> vendor, std::optional<Snapshot> after,
                                          int limit) {
    auto look = [vendor, after = std::move(after), limit](db::Session& session) {
        std::optional<store::Place> place;
        if (after) place = {after->vendor_id, after->sku, after->id};
        std::vector<Snapshot> found;
        for (const Product& p : store::in_order(session, vendor, place, limit))
            found.push_back(snapshot_of(p));
        return found;
    };
    co_return co_await database_.read(std::move(look));
}

}  // namespace cloudretail::product
