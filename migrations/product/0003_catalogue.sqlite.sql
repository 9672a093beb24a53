-- The search index, the tree of categories, and how many products each holds.
-- doc numbers products in the order they were made: the index knows a product by it.
ALTER TABLE products DROP COLUMN search_text;
ALTER TABLE products ADD COLUMN doc BIGINT NOT NULL DEFAULT 0;
UPDATE products SET doc = rowid;
-- What the index holds of the product (search_document.hpp); NULL: it has still to be read, at start.
ALTER TABLE products ADD COLUMN words TEXT;
-- A hit is judged by this index alone.
CREATE INDEX products_doc ON products (doc, listed, category, price_minor, availability, vendor_id);
-- What is filtered is counted and bounded without a look at the products themselves.
DROP INDEX products_newest;
CREATE INDEX products_newest ON products (id, category, price_minor, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_price;
CREATE INDEX products_price ON products (price_minor, id, category, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_name;
CREATE INDEX products_name ON products (name_key, id, category, price_minor, availability, vendor_id) WHERE listed = 1;
CREATE INDEX products_unread ON products (doc) WHERE words IS NULL AND deleted_at IS NULL;

CREATE VIRTUAL TABLE product_search USING fts5(name, tags, body, content='', columnsize=0, detail=column,
    prefix='3', tokenize='ascii tokenchars ''#''');

-- Every word that a product on sale ever used; what the dictionary of mistyped words is filled from.
CREATE TABLE search_terms (
    term     TEXT   NOT NULL PRIMARY KEY,
    in_name  BIGINT NOT NULL,
    added_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX search_terms_added ON search_terms (added_at);

ALTER TABLE categories RENAME TO old_categories;
CREATE TABLE categories (
    id              TEXT   NOT NULL PRIMARY KEY,
    slug            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    parent_id       TEXT,
    position        BIGINT NOT NULL,
    listed_products BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);
INSERT INTO categories (id, slug, name, position, listed_products, version, created_at, updated_at)
SELECT substr(made, 1, 8) || '-' || substr(made, 9, 4) || '-7' || substr(random, 1, 3) || '-8' ||
       substr(random, 4, 3) || '-' || substr(random, 7, 12), slug, name, 0,
       (SELECT COUNT(*) FROM products WHERE listed = 1 AND category = c.slug), 1, created_at, created_at
FROM (SELECT slug, name, created_at, printf('%012x', created_at) AS made, lower(hex(randomblob(9))) AS random
      FROM old_categories) c;
DROP TABLE old_categories;
CREATE UNIQUE INDEX categories_slug ON categories (slug);
CREATE INDEX categories_parent ON categories (parent_id);
