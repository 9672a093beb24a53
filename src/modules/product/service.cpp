// See service.hpp.
#include "service.hpp"

#include <algorithm>
#include <events/outbox.hpp>
#include <gateway/page.hpp>
#include <inventory/events.hpp>
#include <product/events.hpp>
#include <set>

#include "categories.hpp"
#include "images_store.hpp"
#include "render.hpp"
#include "store.hpp"
#include "text.hpp"

namespace cloudretail::product {

namespace {

constexpr std::string_view collection = "/api/products";

Error not_found() { return {cloudretail::errors::not_found, "There is no such product."}; }

Error sku_taken() { return {errors::sku_taken, "Another of your products has this SKU."}; }

Error invalid(std::vector<FieldError> fields) {
    Error error(cloudretail::errors::validation, "Some fields are not valid.");
    error.fields = std::move(fields);
    return error;
}

/// The first slug of each product's candidates that nobody has; products that come first choose first.
void give_slugs(db::Session& session, std::span<Product> products) {
    std::vector<Product*> waiting;
    std::vector<std::vector<std::string>> candidates;
    for (Product& product : products) {
        waiting.push_back(&product);
        candidates.push_back(slug_candidates(product.name, product.id));
    }
    std::set<std::string> taken;
    for (std::size_t round = 0; !waiting.empty() && round < candidates.front().size(); ++round) {
        std::vector<std::string> wanted;
        for (auto& of_one : candidates) wanted.push_back(of_one[round]);
        for (std::string& slug : store::slugs_taken(session, wanted)) taken.insert(std::move(slug));
        std::size_t left = 0;
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            waiting[i]->slug = wanted[i];
            if (taken.insert(std::move(wanted[i])).second) continue;
            waiting[left] = waiting[i];
            std::swap(candidates[left++], candidates[i]);
        }
        waiting.resize(left);
        candidates.resize(left);
    }
}

}  // namespace

Service::Service(db::Database& database, Caches& caches, Search& search, Settings settings)
    : database_(database), caches_(caches), search_(search), settings_(std::move(settings)) {}

template <class F>
auto Service::write(ProductId id, F f) {
    using R = std::invoke_result_t<F&, db::Tx&>;
    // Not after co_await: a request that is given up must not leave a stale cache behind, and an exception
    // may hide a commit.
    auto start = [this, id, f = std::move(f)](Then<R> then) mutable {
        Then<R> told([this, id, then = std::move(then)](Outcome<R> outcome) mutable {
            caches_.forget(id);
            then(std::move(outcome));
        });
        database_.write_then(std::move(f), std::move(told));
    };
    UniqueFunction<void(Then<R>)> named(std::move(start));
    return runtime::await_then<R>(std::move(named));
}

Task<std::vector<Snapshot>> Service::find(std::vector<ProductId> ids) {
    std::vector<Snapshot> found;
    std::vector<ProductId> missing;
    std::vector<decltype(caches_.snapshots)::Ticket> tickets;
    found.reserve(ids.size());
    for (const ProductId& id : ids) {
        auto cached = caches_.snapshots.find(id);
        if (cached.value) {
            found.push_back(std::move(*cached.value));
        } else {
            missing.push_back(id);
            tickets.push_back(cached.ticket);
        }
    }
    if (missing.empty()) co_return found;
    auto job = [missing](db::Session& session) { return store::snapshots(session, missing); };
    auto rows = co_await database_.read(std::move(job));
    for (Snapshot& row : rows) {
        const auto at = std::find(missing.begin(), missing.end(), row.id) - missing.begin();
        caches_.snapshots.put(row.id, row, sizeof(Snapshot) + row.name.size(),
                              tickets[static_cast<std::size_t>(at)]);
        found.push_back(std::move(row));
    }
    co_return found;
}

Shown Service::show(const Product& p) const {
    return {std::make_shared<const std::string>(render(p, settings_.currency)),
            etag_of(p.version, p.availability), p.vendor_id, p.status};
}

events::NewEvent Service::event_of(const char* type, const Product& p, std::string_view status,
                                   const std::string& traceparent) const {
    const ProductChanged changed{p.id, p.vendor_id, p.price, settings_.currency, std::string(status)};
    return {type, p.id.to_string(), changed.to_json(), p.vendor_id, traceparent};
}

void Service::publish(db::Tx& tx, const char* type, std::span<const Product> products,
                      const std::string& traceparent) const {
    std::vector<events::NewEvent> told;
    for (const Product& p : products) told.push_back(event_of(type, p, to_text(p.status), traceparent));
    events::publish(tx, told);
}

Task<Result<db::StoredAnswer>> Service::create(Caller caller, Change change, db::IdempotencyKey key) {
    if (caller.role != Role::vendor && !caller.is_admin()) {
        co_return Error(cloudretail::errors::forbidden, "Only vendors and administrators sell products.");
    }
    auto problems = problems_of(change);
    if (!problems.empty()) co_return invalid(std::move(problems));
    Product product;
    product.id = ProductId::make();
    product.vendor_id = caller.id;
    apply(change, product);
    std::string category_name(trim(*change.category));
    const ProductId id = product.id;
    auto job = [this, caller = std::move(caller), product = std::move(product),
                category_name = std::move(category_name),
                key = std::move(key)](db::Tx& tx) { return insert(tx, caller, product, category_name, key); };
    co_return co_await write(id, std::move(job));
}

Result<db::StoredAnswer> Service::insert(db::Tx& tx, const Caller& caller, Product product,
                                         const std::string& category_name,
                                         const db::IdempotencyKey& key) const {
    const std::string subject = product.id.to_string();
    auto known = db::claim(tx, key, subject);
    if (!known) return known.error();
    if (*known) {
        if ((*known)->status == 0) return Error(cloudretail::errors::idempotency_in_progress);
        return **known;
    }
    const gateway::ProblemContext context{collection, caller.request_id};
    if (product.sku && store::sku_taken(tx.session(), product.vendor_id, *product.sku, product.id)) {
        return gateway::keep_refusal(tx, key, sku_taken(), context);
    }
    if (auto made = ensure_category(tx, product, category_name); !made)
        return gateway::keep_refusal(tx, key, made.error(), context);
    // What the table refuses cannot be kept.
    if (auto added = add_in(tx, caller, std::span(&product, 1)); !added) return added.error();
    db::StoredAnswer answer;
    answer.status = 201;
    answer.body = render(product, settings_.currency);
    answer.location = std::string(collection) + "/" + subject;
    answer.etag = etag_of(product.version, product.availability);
    answer.subject = subject;
    db::keep(tx, key, answer);
    return answer;
}

Result<> Service::ensure_category(db::Tx& tx, const Product& product, std::string_view name) const {
    return product::ensure_category(tx, product.category, name, settings_.most_categories);
}

Result<> Service::add_in(db::Tx& tx, const Caller& caller, std::span<Product> products) const {
    give_slugs(tx.session(), products);
    for (Product& product : products) product.created_at = product.updated_at = tx.now();
    if (auto stored = store::insert(tx, products); !stored) return stored.error();
    publish(tx, product_created, products, caller.traceparent);
    return {};
}

Result<> Service::change_in(db::Tx& tx, const Caller& caller, std::span<Product> products) const {
    for (Product& product : products) {
        ++product.version;
        product.updated_at = tx.now();
    }
    if (auto stored = store::update(tx, products); !stored) return stored.error();
    publish(tx, product_updated, products, caller.traceparent);
    return {};
}

Task<Result<>> Service::write_many(std::function<Result<>(db::Tx&, std::vector<ProductId>&)> f) {
    const auto touched = std::make_shared<std::vector<ProductId>>();
    auto start = [this, touched, f = std::move(f)](Then<Result<>> then) mutable {
        Then<Result<>> told([this, touched, then = std::move(then)](Outcome<Result<>> outcome) mutable {
            for (const ProductId id : *touched) caches_.forget(id);
            then(std::move(outcome));
        });
        auto job = [touched, f = std::move(f)](db::Tx& tx) {
            touched->clear();
            return f(tx, *touched);
        };
        database_.write_then(std::move(job), std::move(told));
    };
    UniqueFunction<void(Then<Result<>>)> named(std::move(start));
    co_return co_await runtime::await_then<Result<>>(std::move(named));
}

Task<Result<Shown>> Service::get(Caller caller, ProductId id) {
    auto cached = caches_.products.find(id);
    if (!cached.value) {
        auto job = [id](db::Session& session) { return store::find(session, id); };
        auto product = co_await database_.read(std::move(job));
        if (!product) co_return not_found();
        cached.value = show(*product);
        caches_.products.put(id, *cached.value, sizeof(Shown) + cached.value->body->size(), cached.ticket);
    }
    if (!may_see(caller, cached.value->vendor_id, cached.value->status)) co_return not_found();
    co_return std::move(*cached.value);
}

Task<Result<Shown>> Service::get(Caller caller, std::string slug) {
    auto cached = caches_.slugs.find(slug);
    if (!cached.value) {
        auto job = [slug](db::Session& session) { return store::find_by_slug(session, slug); };
        cached.value = co_await database_.read(std::move(job));
        if (!cached.value) co_return not_found();
        caches_.slugs.put(slug, *cached.value, slug.size() + sizeof(ProductId), cached.ticket);
    }
    const ProductId id = *cached.value;
    co_return co_await get(std::move(caller), id);
}

Result<Product> Service::load_for_write(db::Tx& tx, const Caller& caller, ProductId id,
                                        std::string_view if_match) const {
    auto product = store::find(tx.session(), id);
    if (!product || !may_see(caller, product->vendor_id, product->status)) return not_found();
    if (!may_write(caller, product->vendor_id)) {
        return Error(errors::not_yours, not_yours_detail);
    }
    if (if_match.empty()) return *product;
    Result<> matched = Error(cloudretail::errors::stale);
    for (const std::string& etag : etags_of(product->version)) {
        matched = gateway::check_if_match(if_match, etag);
        if (matched) return *product;
    }
    return matched.error();
}

Task<Result<Shown>> Service::change(Caller caller, ProductId id, Change change, std::string if_match) {
    auto problems = problems_of(change);
    if (!problems.empty()) co_return invalid(std::move(problems));
    auto job = [this, caller = std::move(caller), id, change = std::move(change),
                if_match = std::move(if_match)](db::Tx& tx) -> Result<Shown> {
        auto product = load_for_write(tx, caller, id, if_match);
        if (!product) return product.error();
        apply(change, *product);
        if (product->sku && store::sku_taken(tx.session(), product->vendor_id, *product->sku, id))
            return sku_taken();
        if (change.category) {
            if (auto made = ensure_category(tx, *product, trim(*change.category)); !made) return made.error();
        }
        if (auto stored = change_in(tx, caller, std::span(&*product, 1)); !stored) return stored.error();
        return show(*product);
    };
    co_return co_await write(id, std::move(job));
}

Task<Result<Shown>> Service::edit(Caller caller, ProductId id, std::string if_match, Work work) {
    auto job = [this, caller = std::move(caller), id, if_match = std::move(if_match),
                work = std::move(work)](db::Tx& tx) -> Result<Shown> {
        auto product = load_for_write(tx, caller, id, if_match);
        if (!product) return product.error();
        if (auto done = work(tx, *product); !done) return done.error();
        if (auto stored = change_in(tx, caller, std::span(&*product, 1)); !stored) return stored.error();
        return show(*product);
    };
    co_return co_await write(id, std::move(job));
}

Task<Result<>> Service::remove(Caller caller, ProductId id, std::string if_match) {
    auto job = [this, caller = std::move(caller), id,
                if_match = std::move(if_match)](db::Tx& tx) -> Result<> {
        auto product = load_for_write(tx, caller, id, if_match);
        if (!product) return product.error();
        store::mark_deleted(tx, id);
        store::drop_images(tx, id, false);
        const auto gone = event_of(product_deleted, *product, "deleted", caller.traceparent);
        events::publish(tx, std::span(&gone, 1));
        return {};
    };
    co_return co_await write(id, std::move(job));
}

Result<Filter> Service::permitted(const Caller& caller, Filter filter) {
    if (filter.listed_only) return filter;
    if (!caller.signed_in())
        return Error(cloudretail::errors::unauthenticated, "Sign in to see what is not on sale.");
    if (caller.is_admin()) return filter;
    if (caller.role != Role::vendor || (filter.vendor && *filter.vendor != caller.id)) {
        return Error(cloudretail::errors::forbidden, "Vendors may list their own products by status.");
    }
    filter.vendor = caller.id;
    return filter;
}

Task<Listing> Service::list(Filter filter, Sort sort, Part part) {
    std::string key = normalized(filter);
    if (part.after) (key += '\n') += part.after->query;
    auto counted = caches_.counts.find(key);
    const bool count = !counted.value;
    auto job = [this, filter = std::move(filter), sort, part, count](db::Session& session) {
        return search_.list(session, filter, sort, part, count);
    };
    auto found = co_await database_.read(std::move(job));
    if (count) {
        counted.value =
            Counted{found.facets->total, std::make_shared<const std::string>(render(*found.facets))};
        caches_.counts.put(key, *counted.value, key.size() + counted.value->facets->size(), counted.ticket);
    }
    Listing listing;
    listing.total = counted.value->total;
    listing.next_keyset = std::move(found.next_keyset);
    listing.members =
        "\"facets\":" + *counted.value->facets + ",\"didYouMean\":" + text_or_null(found.did_you_mean);
    listing.items.reserve(found.products.size());
    for (const Product& product : found.products)
        listing.items.push_back(render(product, settings_.currency));
    co_return listing;
}

Task<std::shared_ptr<const std::string>> Service::suggest(std::string text) {
    const std::string key = to_text(query_of(text));
    auto cached = caches_.suggestions.find(key);
    if (cached.value) co_return *cached.value;
    auto job = [this, text = std::move(text)](db::Session& session) {
        return search_.suggest(session, text);
    };
    const auto found = co_await database_.read(std::move(job));
    auto body = std::make_shared<const std::string>(render(found));
    caches_.suggestions.put(key, body, key.size() + body->size(), cached.ticket);
    co_return body;
}

void Service::take_stock(db::Tx& tx, const events::Event& event) {
    auto level = inventory::StockLevel::from_json(event.data);
    auto availability = level ? availability_from_text(level->availability) : std::nullopt;
    if (!availability) throw std::runtime_error("the stock event cannot be read");
    const ProductId id = level->product_id;
    if (!store::set_availability(tx, id, *availability, event.position)) return;
    if (database_.settings().inline_executor) return caches_.forget(id);  // nobody runs before the commit
    // This transaction has not committed yet. A job behind it in the same writer's queue ends after it has,
    // so nobody can cache again what was true before.
    auto refused = std::make_shared<bool>(false);
    Then<Unit> committed([this, id, refused](Outcome<Unit> outcome) {
        caches_.forget(id);
        *refused = !outcome.has_value();
    });
    database_.write_then([](db::Tx&) { return Unit{}; }, std::move(committed));
    if (*refused) throw Unavailable("product's write queue is full");
}

}  // namespace cloudretail::product
