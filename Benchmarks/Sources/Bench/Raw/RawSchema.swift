/// Roost's schema 1 as of the first release, as far as jobs that succeed touch it. Frozen: the raw limit must not move
/// with what is measured against it.
enum RawSchema {
    static let sql = """
        CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 0), token INTEGER NOT NULL, pos INTEGER NOT NULL, worker INTEGER NOT NULL);
        INSERT INTO counter VALUES (0, 0, 0, 0);
        CREATE TABLE job (
            seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, queue INTEGER NOT NULL, kind INTEGER NOT NULL,
            priority INTEGER NOT NULL, rank INTEGER NOT NULL, pos INTEGER NOT NULL, state INTEGER NOT NULL, due INTEGER,
            delay INTEGER, expires INTEGER, token INTEGER NOT NULL, settled INTEGER, claims INTEGER NOT NULL, attempt INTEGER NOT NULL,
            failures INTEGER NOT NULL, crashes INTEGER NOT NULL, max_crashes INTEGER NOT NULL, open INTEGER NOT NULL,
            flags INTEGER NOT NULL, cancel INTEGER, retention INTEGER NOT NULL, graph BLOB, codec INTEGER NOT NULL,
            key_id INTEGER NOT NULL, enqueued_by INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, ready_at INTEGER,
            started_at INTEGER, finished_at INTEGER, prune_at INTEGER, uniq TEXT, uniq_period INTEGER,
            uniq_states INTEGER, options BLOB, headers BLOB, failure BLOB, payload BLOB
        );
        CREATE INDEX job_ready ON job (queue, kind, priority DESC, rank, pos) WHERE state = 1;
        CREATE INDEX job_due ON job (due, queue, kind) WHERE state = 0;
        CREATE INDEX job_expires ON job (expires) WHERE state = 1 AND expires IS NOT NULL;
        CREATE INDEX job_poison ON job (seq) WHERE state = 1 AND flags & 16;
        CREATE INDEX job_cancel ON job (token) WHERE cancel = 1;
        CREATE INDEX job_rest ON job (state, queue, kind) WHERE state >= 4;
        CREATE INDEX job_prune ON job (prune_at) WHERE prune_at IS NOT NULL;
        CREATE INDEX job_graph ON job (graph) WHERE graph IS NOT NULL;
        CREATE TABLE done (
            id BLOB PRIMARY KEY, queue INTEGER NOT NULL, kind INTEGER NOT NULL, priority INTEGER NOT NULL,
            token INTEGER NOT NULL, claims INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
            crashes INTEGER NOT NULL, graph BLOB, enqueued_by INTEGER NOT NULL, enqueued_at INTEGER NOT NULL,
            started_at INTEGER, finished_at INTEGER NOT NULL, prune_at INTEGER NOT NULL, expires INTEGER, flags INTEGER NOT NULL,
            uniq TEXT, headers BLOB, output BLOB
        ) WITHOUT ROWID;
        CREATE INDEX done_prune ON done (prune_at, queue, kind);
        CREATE INDEX done_graph ON done (graph) WHERE graph IS NOT NULL;
        CREATE TABLE lease (
            token INTEGER PRIMARY KEY, worker INTEGER NOT NULL, boot TEXT NOT NULL, until INTEGER NOT NULL,
            open INTEGER NOT NULL, members BLOB NOT NULL
        );
        CREATE TABLE pause (queue INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (queue, kind)) WITHOUT ROWID;
        CREATE TABLE revocation (
            scope BLOB PRIMARY KEY, once INTEGER NOT NULL, until INTEGER, by TEXT NOT NULL, at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE minute (
            minute INTEGER NOT NULL, queue INTEGER NOT NULL, kind INTEGER NOT NULL, enqueued INTEGER NOT NULL,
            succeeded INTEGER NOT NULL, failed INTEGER NOT NULL, retried INTEGER NOT NULL, crashed INTEGER NOT NULL,
            cancelled INTEGER NOT NULL, expired INTEGER NOT NULL, skipped INTEGER NOT NULL,
            PRIMARY KEY (minute, queue, kind)
        ) WITHOUT ROWID;
        """
}
