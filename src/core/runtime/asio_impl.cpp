// Boost.Asio's implementation, compiled here and nowhere else (BOOST_ASIO_SEPARATE_COMPILATION).
// Without its TLS part.
#include <boost/asio/impl/src.hpp>
