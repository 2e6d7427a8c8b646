-- The session at a SAML provider through which a browser's session began: what the provider has to be
-- told when the user signs out (saml-core-2.0-os §3.7.1). Sessions that began before have no row:
-- they end here only.
CREATE TABLE saml_sessions (
    browser_session TEXT PRIMARY KEY REFERENCES browser_sessions (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,             -- the identity provider of the session's pool
    name_id TEXT NOT NULL,              -- who signed in, as the provider calls them
    format TEXT,                        -- of that name, and in whose namespaces it is
    name_qualifier TEXT,
    sp_name_qualifier TEXT,
    session_index TEXT                  -- the provider's own name for the session
);
