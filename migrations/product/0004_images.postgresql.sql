-- Pictures. A row of media stands for files that lie beside the database (server.data_dir/media): it is there
-- before they are written and until they are removed. products.images is what lists show: it follows from
-- product_images and media, and is written with them.
CREATE TABLE media (
    hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    extension  TEXT   NOT NULL CHECK (extension IN ('jpg','webp')),
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    widths     TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('coming','stored','idle','leaving')),
    touched_at BIGINT NOT NULL
);
CREATE INDEX media_not_shown ON media (touched_at) WHERE state <> 'stored';

CREATE TABLE product_images (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    product_id TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    position   BIGINT NOT NULL,
    alt        TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX product_images_product ON product_images (product_id, hash);
CREATE INDEX product_images_hash ON product_images (hash);

ALTER TABLE products ADD COLUMN images TEXT NOT NULL DEFAULT '[]';
