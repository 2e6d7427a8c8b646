-- User import: the jobs, the files that were uploaded for them, and what their logs tell.
CREATE TABLE import_jobs (
    id TEXT PRIMARY KEY,                -- 'import-' and ten alphanumerics
    pool_id TEXT NOT NULL REFERENCES pools (id) ON DELETE CASCADE, -- where the users go
    name TEXT NOT NULL,                 -- JobName
    role_arn TEXT NOT NULL,             -- CloudWatchLogsRoleArn, only echoed
    status TEXT NOT NULL,               -- Status; 'Expired' is never stored, it follows from the time
    message TEXT,                       -- CompletionMessage
    created_at BIGINT NOT NULL,         -- CreationDate
    started_at BIGINT,                  -- StartDate
    completed_at BIGINT,                -- CompletionDate
    imported BIGINT NOT NULL,           -- ImportedUsers
    skipped BIGINT NOT NULL,            -- SkippedUsers
    failed BIGINT NOT NULL,             -- FailedUsers
    upload TEXT,                        -- the upload that was completed last; NULL while there is none
    next_byte BIGINT NOT NULL,          -- how much of the file is done: written together with the users, so that a job goes on after a crash
    next_line BIGINT NOT NULL           -- the number of the line that begins there
);
CREATE INDEX import_jobs_by_pool ON import_jobs (pool_id, created_at, id);

-- Uploaded files in pieces; gone when their job has ended.
CREATE TABLE import_chunks (
    job_id TEXT NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, -- the job
    upload TEXT NOT NULL,               -- a UUID per upload: two at a time do not mix
    position BIGINT NOT NULL,           -- 0, 1, 2, …
    data BLOB NOT NULL,                 -- the bytes; all pieces but the last have one size
    PRIMARY KEY (job_id, upload, position)
);

-- The rows that were not imported.
CREATE TABLE import_log (
    job_id TEXT NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE, -- the job
    line BIGINT NOT NULL,               -- the line's number in the file; the header is line 1
    text TEXT NOT NULL,                 -- what the log says of it
    PRIMARY KEY (job_id, line)
);
