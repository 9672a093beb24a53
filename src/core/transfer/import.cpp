// See import.hpp.
#include <gateway/problem.hpp>
#include <transfer/import.hpp>
#include <unordered_set>

namespace cloudretail::transfer {

namespace {

constexpr std::size_t most_of_a_row = 20;  // faults told of one row

std::string text_of(const Error& error) {
    return error.detail.empty() ? std::string(error.type->title) : error.detail;
}

/// What was taken so far.
struct Report {
    struct Fault {
        std::int64_t row;
        FieldError field;
    };
    std::int64_t read = 0, created = 0, updated = 0, unchanged = 0, failed = 0;
    std::vector<Fault> faults{};

    void fail(std::int64_t row, std::vector<FieldError> fields, std::size_t listed) {
        ++failed;
        if (fields.size() > most_of_a_row) fields.resize(most_of_a_row);
        for (FieldError& field : fields)
            if (faults.size() < listed) faults.push_back({row, std::move(field)});
    }
    void count(const Row& row, const Result<Fate>& fate, std::size_t listed) {
        if (!fate) {
            auto fields = fate.error().fields;
            if (fields.empty()) fields.push_back({"", text_of(fate.error())});
            return fail(row.number, std::move(fields), listed);
        }
        switch (*fate) {
            case Fate::created:
                ++created;
                return;
            case Fate::updated:
                ++updated;
                return;
            case Fate::unchanged:
                ++unchanged;
                return;
        }
    }
    [[nodiscard]] std::string to_json() const {
        json::Writer w;
        w.begin_object()
            .member("rows", created + updated + unchanged + failed)
            .member("created", created)
            .member("updated", updated);
        w.member("unchanged", unchanged).member("failed", failed).key("errors").begin_array();
        for (const Fault& fault : faults)
            w.begin_object()
                .member("row", fault.row)
                .member("pointer", fault.field.pointer)
                .member("detail", fault.field.detail)
                .end_object();
        w.end_array().end_object();
        return w.take();
    }
};

/// One file on its way in.
class Import {
  public:
    Import(gateway::Call& call, const Importing& importing, Format format)
        : call_(call),
          importing_(importing),
          source_(format, importing.columns, importing.settings.max_row_bytes) {}

    Task<Result<http::Response>> run() {
        for (bool more = true; more;) {
            auto piece = co_await next_piece();
            if (!piece) co_return cut_short(piece.error());
            more = piece->has_value();
            std::vector<RawRow> raw;
            const Result<> read = more ? source_.feed(**piece, raw) : source_.end(raw);
            for (RawRow& row : raw) {
                take(std::move(row));
                if (batch_.size() >= importing_.settings.batch_rows) co_await flush();
            }
            if (!read) co_return read.error();
            if (report_.read > importing_.settings.max_rows)
                co_return cut_short(Error(
                    gateway::problems::too_large,
                    "A file of at most " + std::to_string(importing_.settings.max_rows) + " rows is taken."));
        }
        co_await flush();
        co_return http::json_response(200, report_.to_json());
    }

  private:
    Task<Result<std::optional<std::string>>> next_piece() {
        if (call_.request.read_piece) co_return co_await call_.request.read_piece();
        // There is no body, or it came with the header.
        if (call_.request.body.empty()) co_return std::optional<std::string>();
        co_return std::optional(std::exchange(call_.request.body, {}));
    }

    void take(RawRow raw) {
        ++report_.read;
        const std::size_t listed = importing_.settings.listed_errors;
        if (!raw.fault.empty()) return report_.fail(raw.number, {{"", std::move(raw.fault)}}, listed);
        auto document = json::Document::parse(raw.json);
        if (!document) return report_.fail(raw.number, {{"", text_of(document.error())}}, listed);
        std::vector<FieldError> faults;
        if (call_.check_row) call_.check_row(document->root(), faults);
        if (faults.empty()) {
            const std::string key = importing_.key(document->root());
            if (!key.empty() && !seen_.insert(std::hash<std::string>{}(key)).second)
                faults.push_back({"", "names what a row before it in this file names"});
        }
        if (!faults.empty()) return report_.fail(raw.number, std::move(faults), listed);
        batch_.push_back({raw.number, std::move(*document)});
    }

    Task<void> flush() {
        if (batch_.empty()) co_return;
        const auto rows = std::make_shared<const std::vector<Row>>(std::exchange(batch_, {}));
        const Fates fates = co_await importing_.apply(rows);
        CR_ASSERT(fates.size() == rows->size());
        for (std::size_t i = 0; i < fates.size(); ++i)
            report_.count((*rows)[i], fates[i], importing_.settings.listed_errors);
    }

    /// What had been taken by then stays; a row that was cut is not taken.
    [[nodiscard]] Error cut_short(Error error) const {
        error.members = "\"imported\":" + report_.to_json();
        return error;
    }

    gateway::Call& call_;
    const Importing& importing_;
    RowSource source_;
    Report report_;
    std::vector<Row> batch_;
    std::unordered_set<std::size_t> seen_;  // hashes: a file of a million rows fits
};

struct Taken {
    Slots& slots;
    ~Taken() { slots.give_back(); }
};

}  // namespace

Settings settings_of(const config::Config& config) {
    Settings s;
    s.max_bytes = static_cast<std::size_t>(config.bytes("transfer.max_bytes"));
    s.max_row_bytes = static_cast<std::size_t>(config.bytes("transfer.max_row_bytes"));
    s.max_rows = config.integer("transfer.max_rows");
    s.listed_errors = static_cast<std::size_t>(config.integer("transfer.listed_errors"));
    s.batch_rows = static_cast<std::size_t>(config.integer("transfer.batch_rows"));
    s.at_once = static_cast<int>(config.integer("transfer.at_once"));
    return s;
}

Task<Result<http::Response>> import_rows(gateway::Call* call, const Importing* importing) {
    const auto format = format_of(call->request.headers.get("Content-Type"));
    if (!format)
        co_return Error(gateway::problems::unsupported_media,
                        "The Content-Type must be text/csv or application/x-ndjson.");
    if (!importing->slots.take()) {
        Error error(errors::overloaded, "As many files as are taken at a time are on their way in.");
        error.retry_after_s = 5;
        co_return error;
    }
    const Taken taken{importing->slots};
    Import import(*call, *importing, *format);
    co_return co_await import.run();
}

}  // namespace cloudretail::transfer
