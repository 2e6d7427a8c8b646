-- Clients that have registered themselves (RFC 7591).

ALTER TABLE clients ADD COLUMN registered BIGINT NOT NULL DEFAULT 0; -- 1: by dynamic client registration
