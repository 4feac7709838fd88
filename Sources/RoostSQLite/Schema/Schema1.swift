/// The first schema. States, flags and conditions are numbers: see `StateCode.swift`. Times are microseconds since 1970,
/// but for `roost_lease.until`, which is microseconds of the machine's uptime.
enum Schema1: SchemaStep {
    static let version = 1

    static let sql = """
        CREATE TABLE roost_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        -- The last numbers given out. One row.
        CREATE TABLE roost_counter (id INTEGER PRIMARY KEY CHECK (id = 0), token INTEGER NOT NULL, pos INTEGER NOT NULL, worker INTEGER NOT NULL);
        INSERT INTO roost_counter VALUES (0, 0, 0, 0);
        -- Queues, kinds and clients, each written once.
        CREATE TABLE roost_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

        -- Every job but those that succeeded. `token`: the claim it runs under, or 0; `settled`: that of its last settle.
        CREATE TABLE roost_job (
            seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, queue INTEGER NOT NULL, kind INTEGER NOT NULL,
            priority INTEGER NOT NULL, rank INTEGER NOT NULL, pos INTEGER NOT NULL, state INTEGER NOT NULL, due INTEGER,
            delay INTEGER, expires INTEGER, token INTEGER NOT NULL, settled INTEGER, claims INTEGER NOT NULL, attempt INTEGER NOT NULL,
            failures INTEGER NOT NULL, crashes INTEGER NOT NULL, max_crashes INTEGER NOT NULL, open INTEGER NOT NULL,
            flags INTEGER NOT NULL, cancel INTEGER, retention INTEGER NOT NULL, graph BLOB, codec INTEGER NOT NULL,
            key_id INTEGER NOT NULL, enqueued_by INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, ready_at INTEGER,
            started_at INTEGER, finished_at INTEGER, prune_at INTEGER, uniq TEXT, uniq_period INTEGER,
            uniq_states INTEGER, options BLOB, headers BLOB, failure BLOB, payload BLOB
        );
        CREATE INDEX roost_job_ready ON roost_job (queue, kind, priority DESC, rank, pos) WHERE state = 1;
        CREATE INDEX roost_job_due ON roost_job (due, queue, kind) WHERE state = 0;
        CREATE INDEX roost_job_expires ON roost_job (expires) WHERE state = 1 AND expires IS NOT NULL;
        CREATE INDEX roost_job_poison ON roost_job (seq) WHERE state = 1 AND flags & 16;
        CREATE INDEX roost_job_cancel ON roost_job (token) WHERE cancel = 1;
        CREATE INDEX roost_job_rest ON roost_job (state, queue, kind) WHERE state >= 4;
        CREATE INDEX roost_job_prune ON roost_job (prune_at) WHERE prune_at IS NOT NULL;
        CREATE INDEX roost_job_graph ON roost_job (graph) WHERE graph IS NOT NULL;

        -- Jobs that succeeded: all that is kept of them.
        CREATE TABLE roost_done (
            id BLOB PRIMARY KEY, queue INTEGER NOT NULL, kind INTEGER NOT NULL, priority INTEGER NOT NULL,
            token INTEGER NOT NULL, claims INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
            crashes INTEGER NOT NULL, graph BLOB, enqueued_by INTEGER NOT NULL, enqueued_at INTEGER NOT NULL,
            started_at INTEGER, finished_at INTEGER NOT NULL, prune_at INTEGER NOT NULL, expires INTEGER, flags INTEGER NOT NULL,
            uniq TEXT, headers BLOB, output BLOB
        ) WITHOUT ROWID;
        CREATE INDEX roost_done_prune ON roost_done (prune_at, queue, kind);
        CREATE INDEX roost_done_graph ON roost_done (graph) WHERE graph IS NOT NULL;

        -- One row a claim call; `members` is the jobs' seq, eight bytes each.
        CREATE TABLE roost_lease (
            token INTEGER PRIMARY KEY, worker INTEGER NOT NULL, boot TEXT NOT NULL, until INTEGER NOT NULL,
            open INTEGER NOT NULL, members BLOB NOT NULL
        );

        CREATE TABLE roost_edge (
            child INTEGER NOT NULL, position INTEGER NOT NULL, parent BLOB NOT NULL, condition INTEGER NOT NULL,
            carries INTEGER NOT NULL, resolved INTEGER NOT NULL, PRIMARY KEY (child, position)
        ) WITHOUT ROWID;
        CREATE INDEX roost_edge_parent ON roost_edge (parent, resolved);

        -- What a call left over. kind 0: the edges of `job`, which ended in `state`; 1: the cancel of graph `job`.
        CREATE TABLE roost_todo (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, job BLOB NOT NULL, state INTEGER NOT NULL, reason BLOB);

        -- `ended` is the state its holder ended in, which counts for as long as the period lasts.
        CREATE TABLE roost_unique (
            key TEXT PRIMARY KEY, job BLOB NOT NULL, enqueued_at INTEGER NOT NULL, period INTEGER, states INTEGER NOT NULL,
            ended INTEGER
        ) WITHOUT ROWID;

        CREATE TABLE roost_attempt (
            seq INTEGER PRIMARY KEY, job BLOB NOT NULL, attempt INTEGER NOT NULL, reason TEXT NOT NULL,
            error_type TEXT NOT NULL, message TEXT NOT NULL, stack TEXT, worker INTEGER, started_at INTEGER,
            ended_at INTEGER NOT NULL
        );
        CREATE INDEX roost_attempt_job ON roost_attempt (job);

        CREATE TABLE roost_worker (
            id INTEGER PRIMARY KEY, boot TEXT NOT NULL, locked INTEGER NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL,
            process INTEGER NOT NULL, version TEXT NOT NULL, kinds TEXT NOT NULL, queues TEXT NOT NULL,
            slots INTEGER NOT NULL, started_at INTEGER NOT NULL, heartbeat_at INTEGER NOT NULL
        );

        -- 0 stands for every queue or every kind.
        CREATE TABLE roost_pause (queue INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (queue, kind)) WITHOUT ROWID;
        CREATE TABLE roost_revocation (
            scope BLOB PRIMARY KEY, once INTEGER NOT NULL, until INTEGER, by TEXT NOT NULL, at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE roost_request (id BLOB PRIMARY KEY, at INTEGER NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE roost_audit (
            seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, by TEXT NOT NULL,
            why TEXT NOT NULL, result TEXT NOT NULL
        );
        CREATE TABLE roost_minute (
            minute INTEGER NOT NULL, queue INTEGER NOT NULL, kind INTEGER NOT NULL, enqueued INTEGER NOT NULL,
            succeeded INTEGER NOT NULL, failed INTEGER NOT NULL, retried INTEGER NOT NULL, crashed INTEGER NOT NULL,
            cancelled INTEGER NOT NULL, expired INTEGER NOT NULL, skipped INTEGER NOT NULL,
            PRIMARY KEY (minute, queue, kind)
        ) WITHOUT ROWID;
        """
}
