-- How jobs end. Every end but a success goes through end_job; a success goes to the table of those that are done.

-- Ends a job whose row is locked, in any way but a success. It stays where it is, with its payload, until it is pruned.
-- p_job carries the counters it ends with; p_failure null: the row has it already, from the request to cancel.
CREATE FUNCTION roost.end_job(p_now bigint, p_job roost.job, p_state smallint, p_failure text, p_started bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE roost.job SET
        state = p_state, token = 0, settled = p_job.settled, attempt = p_job.attempt, failures = p_job.failures,
        crashes = p_job.crashes, flags = p_job.flags, cancel = false, due = NULL, open = 0, started_at = p_started,
        finished_at = p_now,
        -- A failed job is kept as a dead letter, for 30 days at least.
        prune_at = p_now + CASE p_state WHEN 6 THEN greatest(retention, 2592000000000) ELSE retention END,
        failure = coalesce(p_failure, failure)
    WHERE id = p_job.id;
    IF p_job.flags & 4 <> 0 THEN
        -- Those that carry a value are kept, so that an operator's retry finds the inputs; none is resolved again.
        DELETE FROM roost.edge WHERE child = p_job.id AND NOT carries;
        UPDATE roost.edge SET resolved = true WHERE child = p_job.id AND NOT resolved;
    END IF;
    IF p_job.unique_key IS NOT NULL THEN
        PERFORM roost.release_key(p_job.unique_key, p_job.id, p_state);
    END IF;
    PERFORM roost.count(p_now, p_job.lane, roost.state_name(p_state));
    PERFORM roost.note_topic('s');
END $$;

-- Where the end still counts, the key must remember it: a period may outlive the job's row.
CREATE FUNCTION roost.release_key(p_key bytea, p_job uuid, p_state smallint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM roost.unique_key WHERE key = p_key AND job = p_job AND states & (1 << p_state::integer) = 0;
    IF NOT FOUND THEN
        UPDATE roost.unique_key SET ended = p_state WHERE key = p_key AND job = p_job;
    END IF;
END $$;

-- Writes one line of a job's history, of which the last hundred are kept.
CREATE FUNCTION roost.log_attempt(
    p_now bigint, p_job uuid, p_attempt integer, p_failure text, p_worker bigint, p_started bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO roost.attempt (job, attempt, worker, started_at, ended_at, failure)
    VALUES (p_job, p_attempt, p_worker, p_started, p_now, p_failure);
    IF p_attempt > 100 THEN
        DELETE FROM roost.attempt WHERE job = p_job AND seq <= (
            SELECT seq FROM roost.attempt WHERE job = p_job ORDER BY seq DESC LIMIT 1 OFFSET 100);
    END IF;
END $$;

-- Resolves the edges of jobs that ended, and of those skipped thereby, up to 1,000; leaves the rest to advance().
CREATE FUNCTION roost.resolve(p_now bigint, p_ended roost.ended[], OUT changes roost.change[], OUT has_more boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_round roost.ended[] := p_ended;
    v_next roost.ended[];
    v_budget integer := 1000;
    v_children uuid[];
    v_positions integer[];
    v_met boolean[];
    v_carries boolean[];
    v_orders bigint[];
    v_cut bigint;
    v_found integer;
    v_start uuid[];
    v_child record;
    v_job roost.job;
    v_due bigint;
BEGIN
    changes := '{}';
    has_more := false;
    WHILE cardinality(v_round) > 0 AND v_budget > 0 LOOP
        SELECT array_agg(e.child), array_agg(e.position), array_agg(e.is_met), array_agg(e.carries), array_agg(e.ord)
        INTO v_children, v_positions, v_met, v_carries, v_orders
        FROM (
            SELECT e.child, e.position, e.carries, roost.is_met(e.condition, p.state) AS is_met, p.ord
            FROM unnest(v_round) WITH ORDINALITY p (job, state, ord)
            JOIN roost.edge e ON e.parent = p.job AND NOT e.resolved
            ORDER BY p.ord, e.child, e.position LIMIT v_budget + 1) e;
        v_found := coalesce(cardinality(v_children), 0);
        EXIT WHEN v_found = 0;
        IF v_found > v_budget THEN
            -- The parent of the one too many, and those behind it.
            v_cut := v_orders[v_found];
            INSERT INTO roost.todo (what, job, state)
            SELECT 0, p.job, p.state FROM unnest(v_round) WITH ORDINALITY p (job, state, ord) WHERE p.ord >= v_cut ORDER BY p.ord;
            v_children := trim_array(v_children, 1);
            v_positions := trim_array(v_positions, 1);
            v_met := trim_array(v_met, 1);
            v_carries := trim_array(v_carries, 1);
            v_orders := trim_array(v_orders, 1);
            has_more := true;
        END IF;
        v_budget := v_budget - v_found;
        -- In one order, or two calls that end parents of the same children wait for each other.
        PERFORM FROM roost.job WHERE id = ANY (v_children) ORDER BY id FOR UPDATE;
        UPDATE roost.edge e SET resolved = true FROM unnest(v_children, v_positions, v_carries) u (child, position, carries)
        WHERE u.carries AND e.child = u.child AND e.position = u.position;
        DELETE FROM roost.edge e USING unnest(v_children, v_positions, v_carries) u (child, position, carries)
        WHERE NOT u.carries AND e.child = u.child AND e.position = u.position;
        v_next := '{}';
        v_start := '{}';
        FOR v_child IN
            SELECT t.child, t.met, t.broken, coalesce(t.broken, t.last) AS ord
            FROM (
                SELECT child, count(*) FILTER (WHERE is_met) AS met, min(ord) FILTER (WHERE NOT is_met) AS broken, max(ord) AS last
                FROM unnest(v_children, v_met, v_orders) u (child, is_met, ord) GROUP BY child) t
            ORDER BY 4, 1
        LOOP
            SELECT * INTO v_job FROM roost.job WHERE id = v_child.child AND state = 4;
            CONTINUE WHEN NOT FOUND;
            IF v_child.broken IS NOT NULL THEN
                PERFORM roost.skip(p_now, v_job, v_round[v_child.broken]);
                changes := changes || ROW(v_job.id, v_job.lane, 4, 9, 'parentEnded', v_job.attempt)::roost.change;
                IF v_job.flags & 1 <> 0 THEN
                    v_next := v_next || ROW(v_job.id, 9)::roost.ended;
                END IF;
            ELSIF v_child.met >= v_job.open THEN
                v_due := roost.due(p_now, v_job.delay, v_job.due);
                changes := changes
                    || ROW(v_job.id, v_job.lane, 4, CASE WHEN v_due IS NULL THEN 1 ELSE 0 END, NULL, v_job.attempt)::roost.change;
                IF v_due IS NULL THEN
                    v_start := v_start || v_job.id;
                ELSE
                    PERFORM roost.start_or_schedule(p_now, v_job.id, v_due);
                END IF;
            ELSE
                UPDATE roost.job SET open = open - v_child.met::integer WHERE id = v_job.id;
            END IF;
        END LOOP;
        IF cardinality(v_start) > 0 THEN
            PERFORM roost.start(p_now, v_start);
        END IF;
        v_round := v_next;
    END LOOP;
    IF v_budget <= 0 AND cardinality(v_round) > 0 THEN
        INSERT INTO roost.todo (what, job, state) SELECT 0, p.job, p.state FROM unnest(v_round) WITH ORDINALITY p (job, state, ord) ORDER BY ord;
        has_more := true;
    END IF;
    IF has_more THEN
        -- Whoever sleeps must come and advance.
        PERFORM roost.note_topic('d');
    END IF;
END $$;

-- Ends a job that waits for one that ended otherwise than it needs.
CREATE FUNCTION roost.skip(p_now bigint, p_job roost.job, p_parent roost.ended) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM roost.end_job(
        p_now, p_job, 9::smallint,
        json_build_object('reason', 'parentEnded', 'parent', p_parent.job, 'state', p_parent.state)::text, NULL);
END $$;
