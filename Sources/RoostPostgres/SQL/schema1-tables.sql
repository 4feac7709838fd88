-- The tables of a Roost store. `roost.` stands for the schema the store is in.
--
-- Times and durations are microseconds; times since 1970, by this server's clock. States, flags and conditions are numbers, which are
-- never changed: see StoredCodes.swift. Names of queues and kinds are written once, as lanes.

CREATE TABLE roost.meta (
    key text PRIMARY KEY,
    value text NOT NULL
);

CREATE SEQUENCE roost.token AS bigint;
CREATE SEQUENCE roost.place AS bigint;

-- `id` follows from the names, so that a lane has the same wherever it is made: a standby that takes over may not have heard of the last
-- ones, whose numbers programs know. `seq` tells which are new. Two transactions that meet a lane first write a row each, since one would
-- have to wait for the other.
CREATE TABLE roost.lane (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id bigint NOT NULL,
    queue text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL
);
CREATE INDEX lane_id ON roost.lane (id);
CREATE INDEX lane_names ON roost.lane (queue, kind);

CREATE VIEW roost.lanes AS SELECT DISTINCT ON (id) id, queue, kind FROM roost.lane ORDER BY id, seq;

-- Who enqueued: host and process. `at`: when that was met first. A name may have several rows, as a lane may.
CREATE TABLE roost.client (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    at bigint NOT NULL
);
CREATE INDEX client_name ON roost.client (name);

-- Every job but those that succeeded. One that runs is a ready one with a token, so that a claim changes no column of an index and
-- the new row stays on the page of the old one (HOT): hence the room in each page. `prio` is the priority with its bits turned
-- over, so that lower goes first. `settled` is the token of the last settle.
CREATE TABLE roost.job (
    id uuid NOT NULL,
    lane bigint NOT NULL,
    rank bigint NOT NULL,
    pos bigint NOT NULL,
    retention bigint NOT NULL,
    client bigint NOT NULL,
    enqueued_at bigint NOT NULL,
    prio integer NOT NULL,
    max_crashes integer NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    open integer NOT NULL DEFAULT 0,
    key_id integer NOT NULL,
    codec smallint NOT NULL,
    state smallint NOT NULL,
    cancel boolean NOT NULL DEFAULT false,
    flags integer NOT NULL DEFAULT 0,
    token bigint NOT NULL DEFAULT 0,
    claims bigint NOT NULL DEFAULT 0,
    settled bigint,
    ready_at bigint,
    due bigint,
    delay bigint,
    expires bigint,
    started_at bigint,
    finished_at bigint,
    prune_at bigint,
    graph uuid,
    unique_key bytea,
    unique_period bigint,
    unique_states integer,
    options bytea,
    headers text,
    failure text,
    payload bytea NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (id)
) WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2
);
CREATE INDEX job_lane ON roost.job (lane, prio, rank, pos) WHERE state = 1;
CREATE INDEX job_due ON roost.job (due) WHERE state = 0;
CREATE INDEX job_expires ON roost.job (expires) WHERE state = 1 AND expires IS NOT NULL;
CREATE INDEX job_poison ON roost.job (id) WHERE state = 1 AND flags & 16 <> 0;
CREATE INDEX job_cancel ON roost.job (id) WHERE cancel;
CREATE INDEX job_rest ON roost.job (state, lane) WHERE state >= 4;
CREATE INDEX job_prune ON roost.job (prune_at) WHERE prune_at IS NOT NULL;
CREATE INDEX job_graph ON roost.job (graph) WHERE graph IS NOT NULL;

-- Jobs that succeeded: all that is kept of them.
CREATE TABLE roost.done (
    id uuid NOT NULL,
    lane bigint NOT NULL,
    token bigint NOT NULL,
    claims bigint NOT NULL,
    client bigint NOT NULL,
    enqueued_at bigint NOT NULL,
    finished_at bigint NOT NULL,
    prune_at bigint NOT NULL,
    prio integer NOT NULL,
    attempt integer NOT NULL,
    failures integer NOT NULL,
    crashes integer NOT NULL,
    flags integer NOT NULL,
    started_at bigint,
    expires bigint,
    graph uuid,
    unique_key bytea,
    headers text,
    output bytea,
    CONSTRAINT done_pkey PRIMARY KEY (id)
) WITH (
    autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0.2
);
CREATE INDEX done_prune ON roost.done (prune_at);
CREATE INDEX done_graph ON roost.done (graph) WHERE graph IS NOT NULL;

-- One row a claim call. `open`: how many of its jobs are not settled yet.
CREATE TABLE roost.lease (
    token bigint PRIMARY KEY,
    worker bigint NOT NULL,
    until bigint NOT NULL,
    open integer NOT NULL,
    members uuid[] NOT NULL
) WITH (
    fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);

-- `id` is drawn by the worker, so that no two have the same, not even where the schema was made anew or restored.
CREATE TABLE roost.worker (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    host text NOT NULL,
    process bigint NOT NULL,
    version text NOT NULL,
    kinds text[] NOT NULL,
    queues text[] NOT NULL,
    slots bigint NOT NULL,
    started_at bigint NOT NULL,
    heartbeat_at bigint NOT NULL
) WITH (fillfactor = 50);

-- The claims of a worker have numbers, which rise: those up to `turn` hand out nothing, however late they come.
CREATE TABLE roost.fence (
    worker bigint PRIMARY KEY,
    turn bigint NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE roost.edge (
    child uuid NOT NULL,
    position integer NOT NULL,
    condition smallint NOT NULL,
    carries boolean NOT NULL,
    resolved boolean NOT NULL,
    parent uuid NOT NULL,
    PRIMARY KEY (child, position)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX edge_parent ON roost.edge (parent, resolved);

-- What a call left over. what 0: the edges of `job`, which ended in `state`; 1: the cancel of graph `job`.
CREATE TABLE roost.todo (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what smallint NOT NULL,
    job uuid NOT NULL,
    state smallint NOT NULL,
    failure text
);

-- `ended` is the state its holder ended in, which counts for as long as the period lasts.
CREATE TABLE roost.unique_key (
    key bytea PRIMARY KEY,
    job uuid NOT NULL,
    enqueued_at bigint NOT NULL,
    period bigint,
    states integer NOT NULL,
    ended smallint
);
CREATE INDEX unique_key_over ON roost.unique_key ((enqueued_at + period)) WHERE ended IS NOT NULL AND period IS NOT NULL;

-- The attempts that did not succeed; `failure` as in the table of jobs.
CREATE TABLE roost.attempt (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job uuid NOT NULL,
    attempt integer NOT NULL,
    worker bigint,
    started_at bigint,
    ended_at bigint NOT NULL,
    failure text NOT NULL
);
CREATE INDEX attempt_job ON roost.attempt (job, seq);

-- '' stands for every queue or every kind.
CREATE TABLE roost.pause (
    queue text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    PRIMARY KEY (queue, kind)
);

-- Of a job or of a kind: the other is null.
CREATE TABLE roost.revocation (
    job uuid UNIQUE,
    kind text COLLATE "C" UNIQUE,
    once boolean NOT NULL,
    until bigint,
    by text NOT NULL,
    at bigint NOT NULL,
    CHECK ((job IS NULL) <> (kind IS NULL))
);

-- What was answered to the actions of the last two minutes.
CREATE TABLE roost.request (
    id uuid PRIMARY KEY,
    at bigint NOT NULL,
    result text NOT NULL,
    state smallint,
    job uuid
);
CREATE INDEX request_at ON roost.request (at);

CREATE TABLE roost.audit (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    by text NOT NULL,
    why text NOT NULL,
    result text NOT NULL
);
CREATE INDEX audit_at ON roost.audit (at);

-- How many jobs of a lane began and ended in a minute. Each connection counts in rows of its own, so that none waits for another;
-- prune() adds them up in those of backend 0.
CREATE TABLE roost.minute (
    minute bigint NOT NULL,
    lane bigint NOT NULL,
    backend integer NOT NULL,
    enqueued bigint NOT NULL DEFAULT 0,
    succeeded bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    retried bigint NOT NULL DEFAULT 0,
    crashed bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    expired bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (minute, lane, backend)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- A job that changed beside those a call is about.
CREATE TYPE roost.change AS (job uuid, lane bigint, was smallint, became smallint, reason text, attempt integer);

-- A job that ended, and whose edges are to be resolved.
CREATE TYPE roost.ended AS (job uuid, state smallint);
