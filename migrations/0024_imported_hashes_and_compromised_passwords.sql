-- Hashes of passwords that an import job brings, and what was found out about passwords.

ALTER TABLE import_jobs ADD COLUMN password_hashing_algorithm TEXT; -- PasswordHashingAlgorithm
ALTER TABLE users ADD COLUMN password_hash TEXT; -- as in the CSV file, until the first sign-in by password; no verifier fits until then
CREATE INDEX users_by_password_hash ON users (pool_id) WHERE password_hash IS NOT NULL;

ALTER TABLE auth_events ADD COLUMN compromised BIGINT NOT NULL DEFAULT 0; -- 1: CompromisedCredentialsDetected
