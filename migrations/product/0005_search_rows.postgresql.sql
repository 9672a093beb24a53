-- A search judges its hits by the rows of the index's table alone, thousands of them where a word is frequent: so
-- they hold what lists filter by, and are short. The vector, which only the index reads, lies apart: PostgreSQL moves
-- a column out of rows of 2 KiB and more, and bulk, which shrinks to nothing, makes every new row one of these.
CREATE TABLE new_search (
    doc          BIGINT   NOT NULL CONSTRAINT product_search_doc PRIMARY KEY,
    listed       BIGINT   NOT NULL,
    price_minor  BIGINT   NOT NULL,
    category     TEXT COLLATE "C" NOT NULL,
    vendor_id    TEXT COLLATE "C" NOT NULL,
    availability TEXT COLLATE "C" NOT NULL,
    vector       tsvector NOT NULL,
    bulk         TEXT     NOT NULL DEFAULT repeat(' ', 2048)
);
ALTER TABLE new_search SET (toast_tuple_target = 256);
ALTER TABLE new_search ALTER category SET STORAGE PLAIN, ALTER vendor_id SET STORAGE PLAIN,
    ALTER availability SET STORAGE PLAIN, ALTER vector SET STORAGE EXTERNAL;
INSERT INTO new_search (doc, listed, price_minor, category, vendor_id, availability, vector)
SELECT s.doc, p.listed, p.price_minor, p.category, p.vendor_id, p.availability, s.vector
FROM product_search s JOIN products p ON p.doc = s.doc ORDER BY s.doc;
DROP TABLE product_search;
ALTER TABLE new_search RENAME TO product_search;
-- What was added last is not in the index yet but in a list that each search reads through: a short one.
CREATE INDEX product_search_words ON product_search USING gin (vector) WITH (gin_pending_list_limit = 512);

-- The name by which the index knows the products of a category; another than its own: they are still to be read again.
ALTER TABLE categories ADD COLUMN read_name TEXT NOT NULL DEFAULT '';
-- Most names hold the words of the slug, which the index has.
UPDATE categories SET read_name = name WHERE slug = lower(replace(name, ' ', '-'));

-- A category's products, too, are filtered, counted and bounded without a look at the products themselves.
DROP INDEX products_category_newest;
CREATE INDEX products_category_newest ON products (category, id, price_minor, availability, vendor_id) WHERE listed = 1;
DROP INDEX products_category_price;
CREATE INDEX products_category_price ON products (category, price_minor, id, availability, vendor_id) WHERE listed = 1;
