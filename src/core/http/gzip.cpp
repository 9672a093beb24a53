// See gzip.hpp.
#include <http/gzip.hpp>

#include <zlib.h>

namespace cloudretail::http {

std::shared_ptr<const std::string> gzip(std::string_view in, int level) {
    z_stream stream{};
    constexpr int gzip_format = 15 + 16;
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_format, 8, Z_DEFAULT_STRATEGY) != Z_OK) return nullptr;
    std::string out(deflateBound(&stream, static_cast<uLong>(in.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // zlib does not write there
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END || out.size() > in.size() - in.size() / 10) return nullptr;
    out.shrink_to_fit();
    return std::make_shared<const std::string>(std::move(out));
}

}  // namespace cloudretail::http
