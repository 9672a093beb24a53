// See files.hpp.
#include "files.hpp"

#include <algorithm>
#include <map>

#include "store.hpp"

namespace cloudretail::inventory {

namespace {

using transfer::Column;
using transfer::Fate;

constexpr int page_products = 200;

/// The order of the columns is part of the format (docs/import-export.md). A vendor's own file names no
/// vendor.
std::vector<Column> columns(bool with_vendor) {
    using Kind = Column::Kind;
    std::vector<Column> all{{"vendorId"},
                            {"sku"},
                            {"productId"},
                            {"warehouseLocation", Kind::text, true},
                            {"quantity", Kind::number, true},
                            {"lowStockThreshold", Kind::number}};
    if (!with_vendor) all.erase(all.begin());
    return all;
}

/// A product is named by its SKU, so that the file fits another store; by its id where it has none.
std::vector<std::optional<std::string>> cells(const product::Snapshot& product, const StockRow& row,
                                              bool with_vendor) {
    std::vector<std::optional<std::string>> all;
    if (with_vendor) all.emplace_back(row.vendor_id.to_string());
    all.push_back(product.sku);
    all.push_back(product.sku ? std::nullopt : std::optional(product.id.to_string()));
    all.insert(all.end(),
               {row.warehouse, std::to_string(row.quantity), std::to_string(row.low_stock_threshold)});
    return all;
}

std::string text_of(json::View row, const char* name) { return std::string(row[name].text().value_or("")); }

UserId vendor_of(json::View row, UserId otherwise) {
    return UserId::parse(text_of(row, "vendorId")).value_or(otherwise);
}

std::string key_of(json::View row, UserId vendor) {
    const std::string id = text_of(row, "productId");
    const std::string product = id.empty() ? vendor_of(row, vendor).to_string() + text_of(row, "sku") : id;
    return product + "\n" + warehouse_name(text_of(row, "warehouseLocation"));
}

Error invalid(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The row is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Result<Count> read(json::View row, ProductId product) {
    Count count;
    count.product_id = product;
    count.warehouse = warehouse_name(text_of(row, "warehouseLocation"));
    if (count.warehouse.empty()) return invalid("/warehouseLocation", "must be one line of text");
    count.quantity = row["quantity"].integer().value_or(0);
    count.low_stock_threshold = row["lowStockThreshold"].integer();
    return count;
}

}  // namespace

/// Rows that are carried out in one transaction, and what the last try of it came to.
struct Files::Batch {
    Caller caller;
    UserId vendor{};
    bool dry_run = false;
    transfer::Rows rows;
    std::vector<std::optional<product::Snapshot>> products{};  // of each row, as far as there is one
    transfer::Fates fates{};

    [[nodiscard]] Result<product::Snapshot> product_of(std::size_t index) const {
        const json::View row = (*rows)[index].root();
        const bool by_id = row["productId"].present();
        if (by_id && row["sku"].present()) return invalid("/productId", "not together with sku");
        if (!by_id && !row["sku"].present()) return invalid("", "names no product: sku or productId");
        const auto& product = products[index];
        const bool hidden =
            product && product->status == product::Status::draft && !may_write(caller, product->vendor_id);
        if (!product || hidden) return invalid(by_id ? "/productId" : "/sku", "there is no such product");
        if (!may_write(caller, product->vendor_id))
            return Error(errors::not_your_stock, "This is for the product's vendor and administrators.");
        return *product;
    }
    Result<> carry_out(db::Tx& tx) {
        fates.clear();
        std::vector<ProductId> ids;
        for (const auto& product : products)
            if (product) ids.push_back(product->id);
        std::ranges::sort(ids);  // all who lock rows lock them in this order
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        std::map<ProductId, std::vector<StockRow>> stock;
        for (StockRow& row : store::stock_of(tx.session(), ids, true))
            stock[row.product_id].push_back(std::move(row));
        for (std::size_t i = 0; i < rows->size(); ++i) fates.push_back(carry_out_one(tx, i, stock));
        if (dry_run) return Error(cloudretail::errors::validation, "Nothing is written by a dry run.");
        return {};
    }
    Result<Fate> carry_out_one(db::Tx& tx, std::size_t index,
                               std::map<ProductId, std::vector<StockRow>>& stock) const {
        const auto product = product_of(index);
        if (!product) return product.error();
        const auto wanted = read((*rows)[index].root(), product->id);
        if (!wanted) return wanted.error();
        return count(tx, caller, stock[product->id], *wanted, product->vendor_id);
    }
};

Files::Files(db::Database& database, product::Products& products, transfer::Settings settings)
    : database_(database), products_(products), settings_(settings), slots_(settings.at_once) {}

Task<Result<http::Response>> Files::take(gateway::Call* call, std::optional<UserId> vendor, bool dry_run) {
    const Caller caller = call->caller;
    if (vendor && !may_write(caller, *vendor))
        co_return Error(cloudretail::errors::forbidden, "Vendors bring their own stock.");
    const UserId owner = vendor.value_or(caller.id);
    transfer::Importing importing{settings_, slots_, columns(true),
                                  [owner](json::View row) { return key_of(row, owner); },
                                  [this, caller, owner, dry_run](transfer::Rows rows) {
                                      return apply(caller, owner, dry_run, std::move(rows));
                                  }};
    co_return co_await transfer::import_rows(call, &importing);
}

Task<transfer::Fates> Files::apply(Caller caller, UserId vendor, bool dry_run, transfer::Rows rows) {
    auto batch = std::make_shared<Batch>(Batch{std::move(caller), vendor, dry_run, std::move(rows)});
    co_await name_products(*batch);
    auto job = [batch](db::Tx& tx) { return batch->carry_out(tx); };
    const Result<> done = co_await database_.write(std::move(job));
    CR_ASSERT(done || dry_run);
    co_return std::move(batch->fates);
}

/// Asks the catalogue which products the rows mean: once by id, once for each vendor by SKU.
Task<void> Files::name_products(Batch& batch) {
    std::vector<ProductId> ids;
    std::map<UserId, std::vector<std::string>> skus;
    for (const transfer::Row& row : *batch.rows) {
        if (auto id = ProductId::parse(text_of(row.root(), "productId"))) ids.push_back(*id);
        if (row.root()["sku"].present())
            skus[vendor_of(row.root(), batch.vendor)].push_back(text_of(row.root(), "sku"));
    }
    std::map<ProductId, product::Snapshot> by_id;
    std::map<std::pair<UserId, std::string>, product::Snapshot> by_sku;
    if (!ids.empty())
        for (auto& product : co_await products_.find(std::move(ids))) by_id.emplace(product.id, product);
    for (auto& [vendor, names] : skus)
        for (auto& product : co_await products_.find_by_sku(vendor, std::move(names)))
            by_sku.emplace(std::pair(vendor, *product.sku), product);
    for (const transfer::Row& row : *batch.rows) {
        auto& product = batch.products.emplace_back();
        const auto id = ProductId::parse(text_of(row.root(), "productId"));
        const auto own = id ? by_id.find(*id) : by_id.end();
        const auto named = by_sku.find({vendor_of(row.root(), batch.vendor), text_of(row.root(), "sku")});
        if (own != by_id.end()) product = own->second;
        if (!id && named != by_sku.end()) product = named->second;
    }
}

/// The pages of an export, in the catalogue's order.
struct Files::Walk {
    db::Database& database;
    product::Products& products;
    transfer::RowWriter writer;
    std::optional<UserId> vendor;
    bool with_vendor;
    std::optional<product::Snapshot> after{};
    bool end = false;

    static Task<std::optional<std::string>> next(std::shared_ptr<Walk> self) {
        if (self->end) co_return std::nullopt;
        const auto page = co_await self->products.walk(self->vendor, self->after, page_products);
        self->end = page.size() < page_products;
        if (page.empty()) co_return std::nullopt;
        self->after = page.back();
        std::vector<ProductId> ids;
        for (const auto& product : page) ids.push_back(product.id);
        auto look = [ids = std::move(ids)](db::Session& session) {
            return store::stock_of(session, ids, false);
        };
        std::map<ProductId, std::vector<StockRow>> stock;
        for (StockRow& row : co_await self->database.read(std::move(look)))
            stock[row.product_id].push_back(std::move(row));
        std::string text;
        for (const auto& product : page)
            for (const StockRow& row : stock[product.id])
                self->writer.add(text, cells(product, row, self->with_vendor));
        co_return text;
    }
};

Result<http::Response> Files::give(const Caller& caller, std::optional<UserId> vendor,
                                   transfer::Format format) {
    const bool all = caller.is_admin();
    if (!all && vendor && *vendor != caller.id)
        return Error(cloudretail::errors::forbidden, "Vendors take their own stock along.");
    const transfer::RowWriter writer(format, columns(all));
    const auto walk = std::make_shared<Walk>(
        Walk{database_, products_, writer, all ? vendor : std::optional(caller.id), all});
    return transfer::export_response(writer, format, "stock", [walk] { return Walk::next(walk); });
}

}  // namespace cloudretail::inventory
