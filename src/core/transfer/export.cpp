// See export.hpp.
#include <base/json.hpp>
#include <transfer/export.hpp>

namespace cloudretail::transfer {

std::string RowWriter::header() const {
    if (format_ == Format::jsonl) return {};
    std::string line;
    for (const Column& column : columns_) line.append(line.empty() ? "" : ",").append(column.name);
    return line + "\r\n";
}

void RowWriter::add(std::string& out, const std::vector<std::optional<std::string>>& values) const {
    if (format_ == Format::csv) {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0) out.push_back(',');
            if (!values[i]) continue;
            const bool text = columns_[i].kind == Column::Kind::text;
            out += csv_cell(text ? guard_formula(*values[i]) : *values[i]);
        }
        out += "\r\n";
        return;
    }
    json::Writer w;
    w.begin_object();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!values[i]) continue;
        w.key(columns_[i].name);
        columns_[i].kind == Column::Kind::text ? w.value(*values[i]) : w.raw(*values[i]);
    }
    w.end_object();
    out += w.take() + "\n";
}

http::Response export_response(const RowWriter& writer, Format format, std::string_view name, NextRows next) {
    http::Response response;
    response.headers.add("Content-Type", format == Format::csv ? "text/csv; charset=utf-8; header=present"
                                                               : std::string(media_type(format)));
    response.headers.add("Content-Disposition", "attachment; filename=\"" + std::string(name) +
                                                    (format == Format::csv ? ".csv" : ".jsonl") + "\"");
    struct Walk {
        std::string header;
        NextRows next;
        static Task<std::optional<std::string>> step(std::shared_ptr<Walk> self) {
            if (!self->header.empty()) co_return std::exchange(self->header, {});
            for (;;) {
                auto rows = co_await self->next();
                if (!rows || !rows->empty()) co_return rows;  // an empty piece would be none
            }
        }
    };
    auto walk = std::make_shared<Walk>(Walk{writer.header(), std::move(next)});
    response.stream = [walk] { return Walk::step(walk); };
    return response;
}

}  // namespace cloudretail::transfer
