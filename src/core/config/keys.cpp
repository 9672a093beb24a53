// Every configuration key, once: name, kind, default, meaning, bounds. config/cloudretail.ini repeats them
// for people, and a test compares the two. Constant data.
#include <config/config.hpp>

namespace cloudretail::config {
namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::int64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr std::int64_t any_count = 1'000'000'000;

Key text(std::string name, std::string fallback, std::string meaning) {
    return {std::move(name), Kind::text, std::move(fallback), std::move(meaning)};
}
Key secret(std::string name, std::string fallback, std::string meaning) {
    return {std::move(name), Kind::text, std::move(fallback), std::move(meaning), true};
}
Key list(std::string name, std::string fallback, std::string meaning, std::vector<std::string> choices = {}) {
    return {std::move(name), Kind::list, std::move(fallback), std::move(meaning), false, std::move(choices)};
}
Key choice(std::string name, std::string fallback, std::vector<std::string> choices, std::string meaning) {
    return {std::move(name),    Kind::choice, std::move(fallback),
            std::move(meaning), false,        std::move(choices)};
}
Key boolean(std::string name, std::string fallback, std::string meaning) {
    return {std::move(name), Kind::boolean, std::move(fallback), std::move(meaning)};
}
Key bounded(std::string name, Kind kind, std::string fallback, std::int64_t min, std::int64_t max,
            std::string meaning) {
    return {std::move(name), kind, std::move(fallback), std::move(meaning), false, {}, min, max};
}
Key number(std::string name, std::string fallback, std::int64_t min, std::int64_t max, std::string meaning) {
    return bounded(std::move(name), Kind::integer, std::move(fallback), min, max, std::move(meaning));
}
Key duration(std::string name, std::string fallback, std::int64_t min, std::int64_t max,
             std::string meaning) {
    return bounded(std::move(name), Kind::duration, std::move(fallback), min, max, std::move(meaning));
}
Key size(std::string name, std::string fallback, std::int64_t min, std::int64_t max, std::string meaning) {
    return bounded(std::move(name), Kind::size, std::move(fallback), min, max, std::move(meaning));
}

std::vector<Key> server_keys() {
    return {
        text("server.data_dir", "./data", "Folder of the SQLite files and of generated secrets."),
        number("server.threads", "0", 0, 256, "Threads that serve requests; 0 = one per core."),
        text("server.public_url", "",
             "Address customers see, such as https://shop.example.com: for links, and Secure cookies if "
             "https."),
        text("gateway.address", "127.0.0.1", "Address the API listens on; 0.0.0.0 = all of IPv4, :: = all."),
        number("gateway.port", "3000", 0, 65'535, "Port of the API; 0 = any free one."),
        list("gateway.trusted_proxies", "",
             "Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For counts; comma-separated."),
        size("gateway.gzip_from", "1KiB", 256, mib, "Smallest answer to GET that is compressed."),
        size("gateway.gzip_up_to", "256KiB", kib, 16 * mib, "Largest answer that is compressed."),
        size("gateway.gzip_kept", "16MiB", 0, gib, "Compressed forms of cached answers that are kept."),
        list("gateway.cors_origins", "",
             "Origins whose pages may call the API (https://shop.example.com); comma-separated."),
        text("ui.address", "127.0.0.1", "Address the web pages are served on."),
        number("ui.port", "8080", 0, 65'535, "Port of the web pages; 0 = any free one."),
        text("ui.static_dir", "", "Folder to serve the pages from instead of those inside the program."),
        size("ui.pages_kept", "16MiB", 0, gib, "Compressed pages that are kept."),
        text("management.address", "127.0.0.1",
             "Address of /metrics and the detailed /health; keep it private."),
        number("management.port", "9464", 0, 65'535,
               "Port of /metrics and the detailed /health; 0 = any free one."),
    };
}

std::vector<Key> payment_keys() {
    return {
        secret("payment.webhook_secret", "",
               "Key of the payment provider's webhooks (whsec_…, or 24 bytes of text and more); empty = none "
               "are taken."),
        duration("payment.webhook_tolerance", "5min", second, day,
                 "How far a webhook's timestamp may be from our clock."),
        number("payment.webhook_attempts", "20", 1, 1000,
               "Attempts to act on a webhook, over hours, before it is dead."),
        duration("payment.webhook_retention", "30d", day, 3650 * day, "How long webhooks are remembered."),
        duration("payment.reconcile_after", "5min", second, 7 * day,
                 "How long after saga.deadline a payment or refund of unknown outcome is settled anyway."),
        duration("payment.reconcile_every", "30s", 100, day, "How often such payments are looked for."),
        duration("payment.ledger_retention", "730d", day, 3650 * day,
                 "How long the simulated provider knows its charges; older ones cannot be given back."),
    };
}

std::vector<Key> catalogue_keys() {
    return {
        number("product.categories", "2000", 1, 100'000,
               "Categories there may be; a product that names one more is refused."),
        number("product.category_depth", "5", 1, 20, "Levels the tree of categories may have."),
        number("product.search_counted", "1000", 20, 100'000,
               "Products of a search that are counted for its total and facets; of more, it says so."),
        number("product.search_terms", "200000", 1'000, 10'000'000,
               "Words kept in memory (about 70 bytes each) to find what a mistyped one was meant as."),
    };
}

std::vector<Key> webhook_keys() {
    return {
        boolean("webhook.allow_http", "false", "Whether webhooks may also be sent to http:// addresses."),
        list("webhook.allow_private", "",
             "Addresses and networks besides the public internet that webhooks may be sent to "
             "(10.1.0.0/16); comma-separated."),
        list("webhook.ports", "80,443,8080,8443", "Ports that webhooks may be sent to; * = any."),
        text("webhook.ca_file", "",
             "Certificates (PEM) of the authorities that webhooks' servers are trusted by; empty = the "
             "system's."),
        number("webhook.per_owner", "20", 1, any_count, "Webhooks of one user."),
        duration("webhook.secret_overlap", "24h", 0, 30 * day,
                 "How long messages are signed with the secret before, too, after a rotation."),
        duration("webhook.give_up_after", "24h", second, 30 * day,
                 "How long a delivery is tried, ever less often, before it is given up."),
        duration("webhook.disable_after", "3d", minute, 365 * day,
                 "Of nothing but failures, after which a webhook is switched off."),
        duration("webhook.retry_after_limit", "1h", second, 7 * day,
                 "Longest Retry-After of a receiver that is kept to."),
        duration("webhook.connect_timeout", "5s", 100, minute, "Time to connect to a receiver."),
        duration("webhook.timeout", "15s", 100, 10 * minute, "Time a receiver may take in all."),
        size("webhook.response_bytes", "1KiB", 1, 64 * kib,
             "How much of a receiver's answer is read and kept."),
        number("webhook.at_once", "64", 1, 10'000, "Deliveries under way at a time, per process."),
        number("webhook.at_once_each", "4", 1, 100,
               "Deliveries to one webhook under way at a time; 1 = one after the other."),
        duration("webhook.retention", "30d", hour, 3650 * day, "How long ended deliveries are kept."),
    };
}

std::vector<Key> database_keys() {
    std::vector<Key> keys{
        secret(
            "database.url", "sqlite:",
            "sqlite: = one file per module in the data folder, or postgresql://user:password@host/name = one "
            "schema per module."),
        number("database.pool", "0", 0, 256,
               "Reading sessions per module; 0 = 4 on SQLite, 8 on PostgreSQL."),
        choice("database.durability", "full", {"full", "relaxed"},
               "full: an acknowledged write survives power loss; relaxed: the last moments may be lost, "
               "never torn."),
        boolean("database.migrate", "true", "Whether serve brings the tables up to date before it starts."),
        boolean("database.backup_before_migrate", "true",
                "Whether tables are backed up, into the data folder, before a new version changes them."),
        number("database.migration_backups", "5", 1, 1000,
               "Such backups that are kept; older ones are deleted."),
        number("database.write_queue", "4096", 1, any_count, "Writes waiting per module; past it 503."),
        number("database.read_queue", "4096", 1, any_count, "Reads waiting per module; past it 503."),
        number("database.batch", "256", 1, 10'000, "Writes that share one commit at most."),
        duration("database.statement_timeout", "30s", 100, hour, "How long one statement may take."),
    };
    const auto url_of = [](const std::string& module) {
        return secret(module + ".database_url", "",
                      "Database of the " + module + " module; empty = database.url.");
    };
    for (const std::string name : {"user", "product", "order", "inventory", "payment"}) {
        keys.push_back(url_of(name));
        if (name == "product") {
            for (Key& key : catalogue_keys()) keys.push_back(std::move(key));
        }
        if (name == "order") {
            keys.push_back(number("order.checkouts", "512", 1, any_count,
                                  "Orders that are being placed at the same time; past it 503."));
        }
        // Longer than the longest saga.deadline: no order's process may still ask for what was swept.
        if (name == "inventory") {
            keys.push_back(duration("inventory.reservation_retention", "30d", 8 * day, 3650 * day,
                                    "How long a reservation is kept after it was shipped or released."));
        }
    }
    keys.push_back(list("payment.methods", "card,paypal,cash_on_delivery",
                        "Ways to pay that are offered; comma-separated.",
                        {"card", "paypal", "cash_on_delivery", "bank_transfer"}));
    for (Key& key : payment_keys()) keys.push_back(std::move(key));
    keys.push_back(url_of("webhook"));
    for (Key& key : webhook_keys()) keys.push_back(std::move(key));
    return keys;
}

std::vector<Key> business_keys() {
    return {
        secret("auth.jwt_secret", "",
               "Key that signs tokens, at least 32 bytes; empty = made once and kept in the data folder."),
        secret(
            "auth.sealing_secret", "",
            "Key that seals what must be read again (second factors, webhooks' secrets), at least 32 bytes; "
            "empty = made once and kept in the data folder."),
        duration("auth.token_ttl", "24h", minute, 365 * day, "How long a log-in lasts."),
        size("auth.password_memory", "19MiB", 8 * mib, gib, "Memory of one password hash (argon2id)."),
        number("auth.password_passes", "2", 1, 16, "Passes of one password hash (argon2id)."),
        number("auth.password_queue", "32", 1, 10'000, "Password checks waiting; past it 503."),
        choice("users.vendor_registration", "open", {"open", "approval", "closed"},
               "Who becomes a vendor by registering: everybody, whom an administrator approves, nobody."),
        duration("users.reset_ttl", "1h", minute, 7 * day, "How long a mailed link to a new password works."),
        duration("users.verification_ttl", "2d", minute, 30 * day,
                 "How long a mailed link that verifies an e-mail works."),
        number("users.api_keys", "20", 1, 1000, "API keys that one account may have."),
        duration("users.api_key_age", "365d", day, 3650 * day,
                 "How long an API key is good at most, and without an expiry of its own."),
        number("users.mails_per_hour", "5", 1, 1000, "Such mails to one account in an hour, of each kind."),
        text("store.name", "CloudRetail", "The store's name, on its pages, in mails and authenticator apps."),
        text("store.currency", "USD", "Currency of all prices (ISO 4217)."),
        duration("cart.retention", "90d", hour, 3650 * day, "How long a cart is kept after its last change."),
        duration("saga.deadline", "15min", second, 7 * day,
                 "After this a pending order is failed and refunded."),
        duration("saga.lease", "10s", second, hour,
                 "After this another worker may take over an order's process."),
        duration("events.retention", "7d", hour, 3650 * day, "How long delivered events are kept."),
        duration("events.dead_letter_retention", "90d", hour, 3650 * day,
                 "How long events that could not be handled are kept."),
        number("events.streams", "1000", 1, 100'000, "Event streams (GET /api/events) open at once."),
        number("events.streams_per_user", "10", 1, 1000, "Event streams of one user open at once."),
        number("events.stream_queue", "1000", 10, 100'000,
               "Events that a slow event stream may be behind before it is ended."),
        duration("events.heartbeat", "15s", second, hour,
                 "An event stream that has nothing to tell says so as often."),
        duration("events.retry", "2s", 100, hour, "After this a client opens its lost event stream again."),
        number("events.attempts", "8", 1, 100, "Deliveries of an event before it becomes a dead letter."),
        duration("idempotency.retention", "24h", 12 * hour, 30 * day,
                 "How long answers to idempotency keys are kept."),
        duration("audit.retention", "400d", day, 3650 * day, "How long audit entries are kept."),
        number("health.events_behind", "10000", 1, any_count,
               "Events a subscription or an outbox may be behind before /health says degraded."),
        size("health.disk_free", "256MiB", mib, 1024 * gib,
             "Room on the data folder's disk below which /health says degraded."),
        number("breaker.failures", "5", 1, 1000, "Failures in a row that open a circuit breaker."),
        duration("breaker.reset", "30s", 100, hour,
                 "How long an open circuit breaker waits before it tries again."),
    };
}

std::vector<Key> picture_keys() {
    return {
        size("pictures.upload_bytes", "5MiB", kib, 64 * mib, "Largest picture that is taken; past it 413."),
        number("pictures.pixels", "25000000", 10'000, 268'000'000,
               "Pixels of an uploaded picture at most; making one takes about eight bytes each."),
        number("pictures.per_product", "12", 1, 100, "Pictures of one product at most."),
        list("pictures.widths", "160,320,640,1280",
             "Widths that every picture is offered in, ascending; comma-separated."),
        number("pictures.jpeg_quality", "82", 1, 100, "Quality of pictures without transparency (JPEG)."),
        number("pictures.webp_quality", "80", 1, 100, "Quality of pictures with transparency (WebP)."),
        number("pictures.threads", "1", 1, 64, "Pictures that are made at the same time."),
        number("pictures.queue", "16", 1, 10'000, "Pictures waiting to be made; past it 503."),
        size("pictures.cache_bytes", "16MiB", kib, 1024 * gib,
             "Memory for picture files that are asked for."),
        duration("pictures.grace", "1h", second, 365 * day,
                 "How long files stay after the last product showed them; longer than a backup takes."),
        duration("pictures.sweep_every", "10min", 100, day, "How often such files are looked for."),
    };
}

std::vector<Key> mail_keys() {
    return {
        text("mail.url", "file:",
             "file: = one .eml file per mail in the data folder's mail, or smtp://user@host:port (begins TLS "
             "by STARTTLS), or smtps://user@host:port."),
        choice("mail.tls", "required", {"required", "none"},
               "required: no mail goes to a server that does not speak TLS; none: plain text, as to a relay "
               "on this machine."),
        secret("mail.password", "", "Password of the user in mail.url."),
        text("mail.from", "CloudRetail <shop@localhost>",
             "Who mail comes from: an address, or Name <address>."),
        duration("mail.timeout", "15s", 100, 10 * minute, "How long sending one mail may take."),
        number(
            "mail.per_second", "20", 1, 10'000,
            "Mails sent in a second at most: providers have such limits; what is more waits in the queue."),
        number("mail.attempts", "20", 1, 1000, "Tries of a mail before it is given up."),
        duration("mail.retry_delay", "10s", 100, day,
                 "Wait before the second try of a mail; it doubles each time."),
        duration("mail.retry_limit", "1h", 100, 7 * day, "Longest wait between two tries of a mail."),
        duration("mail.retention", "7d", hour, 3650 * day,
                 "How long mail files, mails given up and the references of sent ones are kept."),
        number("mail.files", "10000", 1, any_count, "Mail files that are kept at most."),
    };
}

std::vector<Key> privacy_keys() {
    return {
        text("privacy.consent_text", "1",
             "Version of the text that people consent to when they register; kept with their consent."),
        number("privacy.export_rows", "10000", 1, any_count,
               "Rows of one kind (orders, payments) in an export of personal data."),
        number("privacy.exports", "4", 1, 10'000, "Exports of personal data that run at once; past it 503."),
        duration("privacy.erasure_retention", "90d", hour, 3650 * day,
                 "How long it is kept, by id alone, that somebody was erased."),
    };
}

std::vector<Key> limit_keys() {
    return {
        boolean("limits.enabled", "true", "Whether the request rates below are limited."),
        number("limits.user_rate", "200", 1, any_count, "Requests per second of one signed-in user."),
        number("limits.user_burst", "1000", 1, any_count, "Requests a user may make at once."),
        number("limits.key_rate", "100", 1, any_count, "Requests per second of one API key."),
        number("limits.key_burst", "500", 1, any_count, "Requests an API key may make at once."),
        number("limits.anonymous_rate", "200", 1, any_count,
               "Requests per second of one address, not signed in."),
        number("limits.anonymous_burst", "1000", 1, any_count, "Requests an address may make at once."),
        number("limits.register_per_minute", "120", 1, any_count, "Registrations per minute of one address."),
        number("limits.login_per_minute", "60", 1, any_count, "Log-ins per minute of one address."),
        number("limits.password_per_minute", "30", 1, any_count,
               "Requests about passwords, codes and mailed links per minute of one address."),
        number("limits.login_failures", "10", 1, any_count,
               "Failed log-ins in 15 minutes, per account and address, before they must wait."),
        number("limits.code_failures", "30", 1, any_count,
               "Wrong one-time codes in 15 minutes, per account, before they must wait."),
        number("limits.connections", "16384", 1, 1'000'000, "Connections per listener; past it 503."),
        size("limits.body_bytes", "1MiB", kib, 64 * mib, "Largest request body; past it 413."),
        size("limits.header_bytes", "16KiB", kib, mib, "Largest request header; past it 431."),
        number("limits.header_fields", "100", 8, 1000, "Header fields of one request; past it 431."),
        size("limits.target_bytes", "4KiB", 256, 64 * kib, "Longest request target (path and query)."),
        duration("limits.header_timeout", "10s", 100, hour, "Time to send a request's header."),
        duration("limits.body_timeout", "30s", 100, hour, "Time to send a request's body."),
        duration("limits.idle_timeout", "15s", 100, hour, "Time a connection may wait for its next request."),
        duration("limits.write_timeout", "30s", 100, hour, "Time a client may take to read an answer."),
        number("limits.requests_per_connection", "10000", 1, any_count,
               "Requests of one connection before it closes."),
        duration("limits.drain", "10s", 0, hour, "Time running requests get to end when the server stops."),
        choice("log.format", "auto", {"auto", "text", "json"}, "auto = text on a terminal, else json."),
        choice("log.level", "info", {"debug", "info", "warning", "error"},
               "Least important lines that are written."),
    };
}

std::vector<Key> transfer_keys() {
    return {
        size("transfer.max_bytes", "256MiB", kib, 64 * gib, "Largest file of an import; past it 413."),
        number("transfer.max_rows", "1000000", 1, any_count, "Most rows of an imported file; past it 413."),
        size("transfer.max_row_bytes", "256KiB", kib, 16 * mib, "Longest row; a longer one fails by itself."),
        number("transfer.listed_errors", "100", 0, 10'000,
               "Errors of rows that an answer lists; all are counted."),
        number("transfer.batch_rows", "200", 1, 10'000, "Rows carried out in one transaction."),
        number("transfer.at_once", "2", 1, 1000, "Files of each kind taken at the same time; past it 503."),
    };
}

}  // namespace

const std::vector<Key>& keys() {
    static const std::vector<Key> all = [] {
        std::vector<Key> out;
        for (const auto& group : {server_keys(), database_keys(), business_keys(), picture_keys(),
                                  mail_keys(), privacy_keys(), transfer_keys(), limit_keys()})
            out.insert(out.end(), group.begin(), group.end());
        return out;
    }();
    return all;
}

}  // namespace cloudretail::config
