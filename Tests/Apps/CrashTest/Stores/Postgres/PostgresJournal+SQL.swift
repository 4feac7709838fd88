extension PostgresJournal {
    /// The tables and triggers by which a Postgres store keeps a journal of what is done to it, whoever does it. They lie in a
    /// schema of their own.
    ///
    /// A job that succeeds moves from `roost.job` to `roost.done`: the delete puts it into `crash.moving`, the insert takes it out
    /// and writes one transition. What stays there is a job that was lost.
    static let tables = """
        CREATE SCHEMA crash;
        CREATE TABLE crash.journal (
            number bigint GENERATED ALWAYS AS IDENTITY, xact bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
            at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, what text NOT NULL, job uuid,
            lane bigint, was integer, became integer, token_was bigint, token bigint, claims bigint, attempt integer,
            crashes integer, open bigint, worker bigint, process bigint, until bigint, text text, target text
        );
        CREATE TABLE crash.moving (id uuid PRIMARY KEY, token bigint NOT NULL);
        """

    private static let written = "(what, job, lane, was, became, token_was, token, claims, attempt, crashes, open)"

    static let triggers = """
        CREATE FUNCTION crash.state(p_state smallint, p_token bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN p_state = 1 AND p_token <> 0 THEN 3 ELSE p_state::integer END
        $$;

        CREATE FUNCTION crash.on_job() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO crash.journal \(written) VALUES ('transition', NEW.id, NEW.lane, NULL, crash.state(NEW.state, NEW.token),
                    0, NEW.token, NEW.claims, NEW.attempt, NEW.crashes, 0);
            ELSIF TG_OP = 'UPDATE' THEN
                -- The edges that are open by their own rows, not by the job's count of them.
                INSERT INTO crash.journal \(written) VALUES ('transition', NEW.id, NEW.lane, crash.state(OLD.state, OLD.token),
                    crash.state(NEW.state, NEW.token), OLD.token,
                    CASE WHEN NEW.state >= 5 AND OLD.token <> 0 AND NEW.settled = OLD.token THEN OLD.token ELSE NEW.token END,
                    NEW.claims, NEW.attempt, NEW.crashes,
                    (SELECT count(*) FROM roost.edge WHERE child = NEW.id AND NOT resolved));
            ELSIF OLD.state = 1 AND OLD.token <> 0 THEN
                INSERT INTO crash.moving VALUES (OLD.id, OLD.token);
            ELSE
                INSERT INTO crash.journal \(written) VALUES ('transition', OLD.id, OLD.lane, OLD.state, NULL, OLD.token, 0,
                    OLD.claims, OLD.attempt, OLD.crashes, 0);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER crash_job AFTER INSERT OR DELETE ON roost.job FOR EACH ROW EXECUTE FUNCTION crash.on_job();
        CREATE TRIGGER crash_job_changed AFTER UPDATE ON roost.job FOR EACH ROW
        WHEN (OLD.state <> NEW.state OR OLD.token <> NEW.token OR OLD.claims <> NEW.claims OR OLD.attempt <> NEW.attempt)
        EXECUTE FUNCTION crash.on_job();

        CREATE FUNCTION crash.on_done() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            v_token bigint;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                DELETE FROM crash.moving WHERE id = NEW.id RETURNING token INTO v_token;
                INSERT INTO crash.journal \(written) VALUES ('transition', NEW.id, NEW.lane, CASE WHEN FOUND THEN 3 END, 5,
                    coalesce(v_token, 0), NEW.token, NEW.claims, NEW.attempt, NEW.crashes, 0);
            ELSIF TG_OP = 'UPDATE' THEN
                INSERT INTO crash.journal \(written) VALUES ('transition', NEW.id, NEW.lane, 5, 5, OLD.token, NEW.token,
                    NEW.claims, NEW.attempt, NEW.crashes, 0);
            ELSE
                INSERT INTO crash.journal \(written) VALUES ('transition', OLD.id, OLD.lane, 5, NULL, 0, 0, OLD.claims,
                    OLD.attempt, OLD.crashes, 0);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER crash_done AFTER INSERT OR UPDATE OR DELETE ON roost.done
        FOR EACH ROW EXECUTE FUNCTION crash.on_done();

        CREATE FUNCTION crash.on_lease() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                INSERT INTO crash.journal (what, token, worker, text, until)
                VALUES ('lease', OLD.token, OLD.worker, 'ended', OLD.until);
            ELSE
                INSERT INTO crash.journal (what, token, worker, text, until) VALUES ('lease', NEW.token, NEW.worker,
                    CASE TG_OP WHEN 'INSERT' THEN 'made' ELSE 'extended' END, NEW.until);
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER crash_lease AFTER INSERT OR DELETE ON roost.lease FOR EACH ROW EXECUTE FUNCTION crash.on_lease();
        CREATE TRIGGER crash_lease_longer AFTER UPDATE ON roost.lease FOR EACH ROW WHEN (OLD.until <> NEW.until)
        EXECUTE FUNCTION crash.on_lease();

        CREATE FUNCTION crash.on_worker() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                INSERT INTO crash.journal (what, worker, process, text) VALUES ('worker', OLD.id, OLD.process, 'forgotten');
            ELSE
                INSERT INTO crash.journal (what, worker, process, text) VALUES ('worker', NEW.id, NEW.process, 'registered');
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER crash_worker AFTER INSERT OR DELETE ON roost.worker FOR EACH ROW EXECUTE FUNCTION crash.on_worker();

        CREATE FUNCTION crash.on_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO crash.journal (what, text, target) VALUES ('action', NEW.action, NEW.target);
            RETURN NULL;
        END $$;
        CREATE TRIGGER crash_audit AFTER INSERT ON roost.audit FOR EACH ROW EXECUTE FUNCTION crash.on_audit();
        """
}
