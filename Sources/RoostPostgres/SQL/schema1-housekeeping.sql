-- What is done in steps, by whichever worker comes first.

-- Makes ready what is due: before a claim, in its transaction.
CREATE FUNCTION roost.promote_due(p_now bigint) RETURNS roost.change[] LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
BEGIN
    IF NOT EXISTS (SELECT FROM roost.job WHERE state = 0 AND due <= v_now ORDER BY due LIMIT 1) THEN
        RETURN ARRAY[]::roost.change[];
    END IF;
    RETURN roost.promote(v_now);
END $$;

-- One bounded step of everything that is due.
CREATE FUNCTION roost.advance(
    p_now bigint, p_sender text, OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_todo roost.todo;
    v_step record;
BEGIN
    changes := roost.promote(v_now);
    has_more := cardinality(changes) = 1000;
    -- Taken out first: what this step leaves over is put back at the end of the line.
    DELETE FROM roost.todo WHERE seq = (SELECT seq FROM roost.todo ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING * INTO v_todo;
    IF FOUND THEN
        IF v_todo.what = 1 THEN
            SELECT * INTO v_step FROM roost.cancel_step(v_now, v_todo.job, v_todo.failure);
        ELSE
            SELECT * INTO v_step FROM roost.resolve(v_now, ARRAY[ROW(v_todo.job, v_todo.state)::roost.ended]);
        END IF;
        changes := changes || v_step.changes;
        has_more := has_more OR v_step.has_more OR EXISTS (SELECT FROM roost.todo);
    END IF;
    news := roost.tell(p_sender);
END $$;

-- Whether an unfinished job still needs the value of another.
CREATE FUNCTION roost.is_needed(p_job uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM roost.edge e JOIN roost.job c ON c.id = e.child WHERE e.parent = p_job AND e.carries AND c.state <= 4);
END $$;

-- Deletes what nobody asks for any more, and adds up the counts of connections. Answers how many keys; 1,000: there may be more.
CREATE FUNCTION roost.prune_rest(p_now bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_keys bigint;
BEGIN
    DELETE FROM roost.unique_key WHERE key IN (
        SELECT key FROM roost.unique_key WHERE ended IS NOT NULL AND period IS NOT NULL AND enqueued_at + period <= p_now LIMIT 1000);
    GET DIAGNOSTICS v_keys = ROW_COUNT;
    DELETE FROM roost.revocation WHERE until <= p_now;
    DELETE FROM roost.fence WHERE until <= p_now;
    DELETE FROM roost.audit WHERE at < p_now - 31536000000000;
    DELETE FROM roost.client WHERE at < p_now - 31536000000000;
    DELETE FROM roost.lane l USING roost.lane o WHERE o.id = l.id AND o.seq < l.seq;
    -- Workers that were killed: those that stop take themselves out.
    DELETE FROM roost.worker w WHERE w.heartbeat_at < p_now - 3600000000
        AND NOT EXISTS (SELECT FROM roost.lease l WHERE l.worker = w.id);
    DELETE FROM roost.minute WHERE minute < p_now / 60000000 - 20160;
    WITH counted AS (
        -- But for those that a transaction holds which is open for long.
        DELETE FROM roost.minute WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM roost.minute WHERE minute < p_now / 60000000 - 2 AND backend <> 0 FOR UPDATE SKIP LOCKED))
        RETURNING *
    )
    INSERT INTO roost.minute AS m (
        minute, lane, backend, enqueued, succeeded, failed, retried, crashed, cancelled, expired, skipped)
    SELECT minute, lane, 0, sum(enqueued), sum(succeeded), sum(failed), sum(retried), sum(crashed), sum(cancelled), sum(expired),
        sum(skipped)
    FROM counted GROUP BY minute, lane ORDER BY minute, lane
    ON CONFLICT (minute, lane, backend) DO UPDATE SET
        enqueued = m.enqueued + excluded.enqueued, succeeded = m.succeeded + excluded.succeeded,
        failed = m.failed + excluded.failed, retried = m.retried + excluded.retried, crashed = m.crashed + excluded.crashed,
        cancelled = m.cancelled + excluded.cancelled, expired = m.expired + excluded.expired, skipped = m.skipped + excluded.skipped;
    RETURN v_keys;
END $$;

-- Deletes finished jobs whose retention is over and whose value nobody needs, up to 1,000, and what else is over. Answers how many; 1,000:
-- there may be more.
CREATE FUNCTION roost.prune(p_now bigint) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_done uuid[];
    v_ended uuid[];
    v_all uuid[];
BEGIN
    v_done := ARRAY(
        SELECT d.id FROM roost.done d WHERE d.prune_at <= v_now AND NOT roost.is_needed(d.id) ORDER BY d.prune_at LIMIT 1000
        FOR UPDATE SKIP LOCKED);
    v_ended := ARRAY(
        SELECT j.id FROM roost.job j WHERE j.prune_at IS NOT NULL AND j.prune_at <= v_now AND NOT roost.is_needed(j.id)
        ORDER BY j.prune_at LIMIT 1000 - cardinality(v_done) FOR UPDATE SKIP LOCKED);
    v_all := v_done || v_ended;
    IF cardinality(v_all) > 0 THEN
        -- A period may outlive its job.
        DELETE FROM roost.unique_key u USING (
            SELECT unique_key, id FROM roost.done WHERE id = ANY (v_done) AND unique_key IS NOT NULL
            UNION ALL SELECT unique_key, id FROM roost.job WHERE id = ANY (v_ended) AND unique_key IS NOT NULL) k
        WHERE u.key = k.unique_key AND u.job = k.id AND (u.period IS NULL OR u.enqueued_at + u.period <= v_now);
        DELETE FROM roost.done WHERE id = ANY (v_done);
        DELETE FROM roost.edge WHERE child = ANY (v_ended);
        DELETE FROM roost.job WHERE id = ANY (v_ended);
        DELETE FROM roost.attempt WHERE job = ANY (v_all);
        DELETE FROM roost.revocation WHERE job = ANY (v_all);
    END IF;
    IF cardinality(v_all) < 1000 AND roost.prune_rest(v_now) < 1000 THEN
        RETURN cardinality(v_all);
    END IF;
    RETURN 1000;
END $$;
