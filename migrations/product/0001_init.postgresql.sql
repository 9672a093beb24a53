-- The catalogue. Ids are UUIDv7, so "newest first" is descending id. Every list that the public can ask for
-- walks one of the partial indexes over what is listed (active and not deleted).
CREATE TABLE products (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    vendor_id    TEXT COLLATE "C" NOT NULL,
    slug         TEXT COLLATE "C" NOT NULL,
    name         TEXT   NOT NULL,
    name_key     TEXT COLLATE "C" NOT NULL,
    description  TEXT   NOT NULL,
    search_text  TEXT   NOT NULL,
    price_minor  BIGINT NOT NULL CHECK (price_minor >= 0),
    category     TEXT COLLATE "C" NOT NULL,
    sku          TEXT COLLATE "C",
    attributes   TEXT   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('active','draft','archived')),
    availability TEXT   NOT NULL CHECK (availability IN ('in_stock','low_stock','out_of_stock')),
    listed       BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    deleted_at   BIGINT
);
CREATE UNIQUE INDEX products_slug ON products (slug);
CREATE UNIQUE INDEX products_vendor_sku ON products (vendor_id, sku)
    WHERE sku IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX products_vendor ON products (vendor_id, id) WHERE deleted_at IS NULL;
CREATE INDEX products_newest ON products (id) WHERE listed = 1;
CREATE INDEX products_in_stock ON products (id) WHERE listed = 1 AND availability <> 'out_of_stock';
CREATE INDEX products_price ON products (price_minor, id) WHERE listed = 1;
CREATE INDEX products_name ON products (name_key, id) WHERE listed = 1;
CREATE INDEX products_category_newest ON products (category, id) WHERE listed = 1;
CREATE INDEX products_category_price ON products (category, price_minor, id) WHERE listed = 1;
CREATE INDEX products_category_name ON products (category, name_key, id) WHERE listed = 1;

-- A category is made when a product first uses it; name is the text as it was first written.
CREATE TABLE categories (
    slug       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
