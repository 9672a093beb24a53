-- The search index, the tree of categories, and how many products each holds.
-- doc numbers products in the order they were made: the index knows a product by it.
ALTER TABLE products DROP COLUMN search_text;
ALTER TABLE products ADD COLUMN doc BIGINT NOT NULL DEFAULT 0;
UPDATE products p SET doc = n.doc FROM (SELECT id, row_number() OVER (ORDER BY id) AS doc FROM products) n
WHERE n.id = p.id;
CREATE SEQUENCE product_docs AS BIGINT;
SELECT setval('product_docs', (SELECT COUNT(*) + 1 FROM products), false);
-- What the index holds of the product (search_document.hpp); NULL: it has still to be read, at start.
ALTER TABLE products ADD COLUMN words TEXT;
CREATE UNIQUE INDEX products_doc ON products (doc);
-- What is filtered is counted and bounded without a look at the products themselves.
DROP INDEX products_newest;
CREATE INDEX products_newest ON products (id, category, price_minor, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_price;
CREATE INDEX products_price ON products (price_minor, id, category, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_name;
CREATE INDEX products_name ON products (name_key, id, category, price_minor, availability, vendor_id) WHERE listed = 1;
CREATE INDEX products_unread ON products (doc) WHERE words IS NULL AND deleted_at IS NULL;

CREATE TABLE product_search (
    doc    BIGINT   NOT NULL PRIMARY KEY,
    vector tsvector NOT NULL
);
CREATE INDEX product_search_vector ON product_search USING gin (vector);

-- Every word that a product on sale ever used; what the dictionary of mistyped words is filled from.
CREATE TABLE search_terms (
    term     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    in_name  BIGINT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX search_terms_added ON search_terms (added_at);

ALTER TABLE categories RENAME TO old_categories;
CREATE TABLE categories (
    id              TEXT COLLATE "C" NOT NULL CONSTRAINT categories_key PRIMARY KEY,
    slug            TEXT COLLATE "C" NOT NULL,
    name            TEXT   NOT NULL,
    parent_id       TEXT COLLATE "C",
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
FROM (SELECT slug, name, created_at, lpad(to_hex(created_at), 12, '0') AS made,
             md5(random()::TEXT || slug) AS random
      FROM old_categories) c;
DROP TABLE old_categories;
CREATE UNIQUE INDEX categories_slug ON categories (slug);
CREATE INDEX categories_parent ON categories (parent_id);
