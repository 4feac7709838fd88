/// The tables and triggers by which a SQLite store keeps a journal of what is done to it, whoever does it.
///
/// A job that succeeds moves from `roost_job` to `roost_done` in two statements: the first puts it into `crash_moving`,
/// the second takes it out and writes one transition. What stays there is a job that was lost.
enum SQLiteJournal {
    static let tables = """
        CREATE TABLE crash_journal (
            number INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, job BLOB, kind INTEGER, before INTEGER,
            after INTEGER, token_before INTEGER, token INTEGER, claims INTEGER, attempt INTEGER, crashes INTEGER,
            open INTEGER, worker INTEGER, process INTEGER, until INTEGER, text TEXT, target TEXT
        );
        CREATE TABLE crash_moving (id BLOB PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
        """

    private static let columns =
        "(at, what, job, kind, before, after, token_before, token, claims, attempt, crashes, open)"

    /// The edges that are open by their own rows, not by the job's count of them.
    private static let openEdges = "(SELECT count(*) FROM roost_edge WHERE child = NEW.seq AND resolved = 0)"

    static let triggers = """
        CREATE TRIGGER crash_job_new AFTER INSERT ON roost_job BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', NEW.id, NEW.kind, NULL, NEW.state,
                0, NEW.token, NEW.claims, NEW.attempt, NEW.crashes, 0);
        END;
        CREATE TRIGGER crash_job_changed AFTER UPDATE ON roost_job
        WHEN OLD.state <> NEW.state OR OLD.token <> NEW.token OR OLD.claims <> NEW.claims OR OLD.attempt <> NEW.attempt
        BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', NEW.id, NEW.kind, OLD.state, NEW.state,
                OLD.token, CASE WHEN NEW.state >= 5 AND OLD.token <> 0 AND NEW.settled = OLD.token THEN OLD.token
                ELSE NEW.token END, NEW.claims, NEW.attempt, NEW.crashes, \(openEdges));
        END;
        CREATE TRIGGER crash_job_moved AFTER DELETE ON roost_job WHEN OLD.state = 3 BEGIN
            INSERT INTO crash_moving VALUES (OLD.id, OLD.token);
        END;
        CREATE TRIGGER crash_job_gone AFTER DELETE ON roost_job WHEN OLD.state <> 3 BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', OLD.id, OLD.kind, OLD.state, NULL,
                OLD.token, 0, OLD.claims, OLD.attempt, OLD.crashes, 0);
        END;
        CREATE TRIGGER crash_done_new AFTER INSERT ON roost_done BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', NEW.id, NEW.kind,
                (SELECT 3 FROM crash_moving WHERE id = NEW.id), 5,
                ifnull((SELECT token FROM crash_moving WHERE id = NEW.id), 0), NEW.token, NEW.claims, NEW.attempt,
                NEW.crashes, 0);
            DELETE FROM crash_moving WHERE id = NEW.id;
        END;
        CREATE TRIGGER crash_done_changed AFTER UPDATE ON roost_done BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', NEW.id, NEW.kind, 5, 5,
                OLD.token, NEW.token, NEW.claims, NEW.attempt, NEW.crashes, 0);
        END;
        CREATE TRIGGER crash_done_gone AFTER DELETE ON roost_done BEGIN
            INSERT INTO crash_journal \(columns) VALUES (crash_uptime(), 'transition', OLD.id, OLD.kind, 5, NULL,
                0, 0, OLD.claims, OLD.attempt, OLD.crashes, 0);
        END;

        CREATE TRIGGER crash_lease_new AFTER INSERT ON roost_lease BEGIN
            INSERT INTO crash_journal (at, what, token, worker, text, until)
            VALUES (crash_uptime(), 'lease', NEW.token, NEW.worker, 'made', NEW.until);
        END;
        CREATE TRIGGER crash_lease_longer AFTER UPDATE OF until ON roost_lease BEGIN
            INSERT INTO crash_journal (at, what, token, worker, text, until)
            VALUES (crash_uptime(), 'lease', NEW.token, NEW.worker, 'extended', NEW.until);
        END;
        CREATE TRIGGER crash_lease_gone AFTER DELETE ON roost_lease BEGIN
            INSERT INTO crash_journal (at, what, token, worker, text, until)
            VALUES (crash_uptime(), 'lease', OLD.token, OLD.worker, 'ended', OLD.until);
        END;

        CREATE TRIGGER crash_worker_new AFTER INSERT ON roost_worker BEGIN
            INSERT INTO crash_journal (at, what, worker, process, text)
            VALUES (crash_uptime(), 'worker', NEW.id, NEW.process, 'registered');
        END;
        CREATE TRIGGER crash_worker_gone AFTER DELETE ON roost_worker BEGIN
            INSERT INTO crash_journal (at, what, worker, process, text)
            VALUES (crash_uptime(), 'worker', OLD.id, OLD.process, 'forgotten');
        END;
        CREATE TRIGGER crash_audit_new AFTER INSERT ON roost_audit BEGIN
            INSERT INTO crash_journal (at, what, text, target) VALUES (crash_uptime(), 'action', NEW.action, NEW.target);
        END;
        """

    /// The places within transactions where a process may be killed.
    static let crashPoints = """
        CREATE TRIGGER crash_at_enqueue AFTER INSERT ON roost_job BEGIN SELECT crash_point('enqueuing'); END;
        CREATE TRIGGER crash_at_graph AFTER INSERT ON roost_edge BEGIN SELECT crash_point('enqueuing-graph'); END;
        CREATE TRIGGER crash_at_claim AFTER INSERT ON roost_lease BEGIN SELECT crash_point('claiming'); END;
        CREATE TRIGGER crash_at_success AFTER INSERT ON roost_done BEGIN SELECT crash_point('settling'); END;
        CREATE TRIGGER crash_at_extend AFTER UPDATE OF until ON roost_lease BEGIN SELECT crash_point('extending'); END;
        CREATE TRIGGER crash_at_reclaim AFTER UPDATE ON roost_job WHEN NEW.crashes > OLD.crashes
        BEGIN SELECT crash_point('reclaiming'); END;
        CREATE TRIGGER crash_at_release AFTER UPDATE ON roost_job
        WHEN OLD.state = 3 AND NEW.state = 1 AND NEW.crashes = OLD.crashes BEGIN SELECT crash_point('giving-back'); END;
        CREATE TRIGGER crash_at_retire AFTER DELETE ON roost_worker BEGIN SELECT crash_point('retiring'); END;
        CREATE TRIGGER crash_at_edge AFTER DELETE ON roost_edge BEGIN SELECT crash_point('resolving'); END;
        CREATE TRIGGER crash_at_action AFTER INSERT ON roost_audit BEGIN SELECT crash_point('acting'); END;
        """

    /// Has each writing connection set its limit of pages before it writes.
    static let roomLimit = """
        CREATE TRIGGER crash_room_job BEFORE INSERT ON roost_job BEGIN SELECT crash_room(); END;
        CREATE TRIGGER crash_room_done BEFORE INSERT ON roost_done BEGIN SELECT crash_room(); END;
        CREATE TRIGGER crash_room_lease BEFORE INSERT ON roost_lease BEGIN SELECT crash_room(); END;
        CREATE TRIGGER crash_room_longer BEFORE UPDATE ON roost_lease BEGIN SELECT crash_room(); END;
        """
}
