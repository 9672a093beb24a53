-- Who did what (audit/audit.hpp): append-only, each row's hash covers the row before it. Ids and non-personal values only.
CREATE TABLE audit (
    seq        BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    details    TEXT   NOT NULL,
    request_id TEXT   NOT NULL,
    hash       TEXT   NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, seq);

-- Where the chain ends, and where it begins since old rows were swept; one row.
CREATE TABLE audit_head (
    id        BIGINT PRIMARY KEY CHECK (id = 1),
    seq       BIGINT NOT NULL,
    hash      TEXT   NOT NULL,
    base_seq  BIGINT NOT NULL,
    base_hash TEXT   NOT NULL
);
INSERT INTO audit_head (id, seq, hash, base_seq, base_hash) VALUES (1, 0, '', 0, '');
