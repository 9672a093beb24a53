# CloudRetail in a container: built on Debian 12, run on Debian 12 by nobody in particular.
#   docker build -t cloudretail .
#   docker run -p 3000:3000 -p 8080:8080 -v cloudretail-data:/var/lib/cloudretail cloudretail
FROM debian:12-slim AS build
WORKDIR /src
# Apart, so that a change of the sources does not install the packages anew.
COPY scripts/setup scripts/setup
RUN scripts/setup run && rm -rf /var/lib/apt/lists/*
COPY . .
RUN scripts/build release cloudretail && strip build/release/cloudretail

FROM debian:12-slim
# The libraries it is linked with; pg_dump and pg_restore for backups of PostgreSQL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libsoci-core4.0 libsoci-sqlite3-4.0 libsoci-postgresql4.0 libsqlite3-0 libpq5 libcurl4 libqrencode4 libturbojpeg0 libpng16-16 libwebp7 liblcms2-2 libsodium23 libssl3 zlib1g libjemalloc2 \
        postgresql-client-15 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/cloudretail --create-home --shell /usr/sbin/nologin cloudretail \
    && chmod 0700 /var/lib/cloudretail
COPY --from=build /src/build/release/cloudretail /usr/bin/cloudretail
COPY config/cloudretail.ini /etc/cloudretail/cloudretail.ini
USER 10001:10001
VOLUME /var/lib/cloudretail
# Inside a container all addresses are the container's own; who reaches them is decided by -p. Metrics stay inside.
ENV CLOUDRETAIL_SERVER_DATA_DIR=/var/lib/cloudretail \
    CLOUDRETAIL_GATEWAY_ADDRESS=0.0.0.0 \
    CLOUDRETAIL_UI_ADDRESS=0.0.0.0
EXPOSE 3000 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["cloudretail", "health"]
ENTRYPOINT ["cloudretail"]
CMD ["serve", "--config", "/etc/cloudretail/cloudretail.ini"]
