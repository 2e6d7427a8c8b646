-- Every question has its index: what is swept by its age, what goes with a pool or a client, and
-- the messages of one pool. (There is no 0011, and no commit ever had one: the number was set aside
-- for a change that needed none in the end. Stores know migrations by their number, so it stays so.)

-- For the sweep.
CREATE INDEX token_families_by_expiry ON token_families (expires_at);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);
CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
CREATE INDEX device_challenges_by_expiry ON device_challenges (expires_at);
CREATE INDEX session_origins_by_time ON session_origins (created_at);
CREATE INDEX import_jobs_by_status ON import_jobs (status, created_at);

-- For the deletion of a pool, a client or a user: SQLite looks for the children of each deleted row.
CREATE INDEX token_families_by_pool ON token_families (pool_id);
CREATE INDEX token_families_by_client ON token_families (client_id);
CREATE INDEX authorization_codes_by_pool ON authorization_codes (pool_id);
CREATE INDEX authorization_codes_by_client ON authorization_codes (client_id);
CREATE INDEX browser_sessions_by_pool ON browser_sessions (pool_id);
CREATE INDEX auth_events_by_pool ON auth_events (pool_id);
CREATE INDEX devices_by_pool ON devices (pool_id);
CREATE INDEX device_challenges_by_client ON device_challenges (client_id);
CREATE INDEX codes_by_pool ON codes (pool_id);
CREATE INDEX attempts_by_pool ON attempts (pool_id);
CREATE INDEX passkey_challenges_by_user ON passkey_challenges (sub);
CREATE INDEX passkey_challenges_by_client ON passkey_challenges (client_id);

-- For the inbox of one pool, and the deletion of a pool.
CREATE INDEX messages_by_pool ON messages (pool_id, number);
