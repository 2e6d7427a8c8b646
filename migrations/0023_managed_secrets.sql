-- Secrets of app clients that are read from AWS Secrets Manager
-- (PublishSecretsInAWSSecretsManager).

CREATE TABLE managed_secrets (
    client_id TEXT PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE, -- whose secret it is
    arn TEXT NOT NULL UNIQUE,           -- ClientSecretArn
    name TEXT NOT NULL,                 -- the name in the ARN, without the six random characters
    region TEXT NOT NULL,               -- the pool's Region: names are unique in it
    created_at BIGINT NOT NULL,         -- when it was handed over
    rotated_at BIGINT NOT NULL,         -- its last rotation; the next is seven days later
    UNIQUE (name, region)
);
CREATE INDEX managed_secrets_by_rotation ON managed_secrets (rotated_at);

CREATE TABLE secret_versions (
    id TEXT PRIMARY KEY,                -- VersionId, a UUID
    client_id TEXT NOT NULL REFERENCES managed_secrets (client_id) ON DELETE CASCADE,
    stage TEXT NOT NULL,                -- AWSCURRENT or AWSPREVIOUS
    value TEXT NOT NULL,                -- the client secret, in clear: GetSecretValue returns it
    created_at BIGINT NOT NULL,         -- CreatedDate
    UNIQUE (client_id, stage)
);
