-- What operators and users ask of stored jobs, done once and written down.

-- Cancels a job whose row is locked. 'done', 'requested' or 'unchanged'.
CREATE FUNCTION roost.cancel_row(
    p_now bigint, p_job roost.job, p_failure text, OUT result text, OUT change roost.change, OUT ended roost.ended
) LANGUAGE plpgsql AS $$
BEGIN
    IF p_job.state >= 5 THEN
        result := 'unchanged';
    ELSIF p_job.state = 1 AND p_job.token <> 0 THEN
        -- Who asked first is who cancelled it.
        UPDATE roost.job SET cancel = true, failure = p_failure WHERE id = p_job.id AND NOT cancel;
        PERFORM roost.note_topic('c');
        result := 'requested';
    ELSE
        PERFORM roost.end_job(p_now, p_job, 7::smallint, p_failure, NULL);
        change := ROW(p_job.id, p_job.lane, p_job.state, 7, 'cancelled', p_job.attempt)::roost.change;
        IF p_job.flags & 1 <> 0 THEN
            ended := ROW(p_job.id, 7)::roost.ended;
        END IF;
        result := 'done';
    END IF;
END $$;

-- Cancels some jobs of a graph, the last ones first: a job that waits is cancelled rather than skipped.
CREATE FUNCTION roost.cancel_step(
    p_now bigint, p_graph uuid, p_failure text, OUT done integer, OUT requested integer, OUT changes roost.change[], OUT has_more boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[];
    v_job roost.job;
    v_one record;
    v_rest record;
    v_ended roost.ended[] := ARRAY[]::roost.ended[];
BEGIN
    changes := '{}';
    done := 0;
    requested := 0;
    v_ids := ARRAY(
        SELECT id FROM roost.job WHERE graph = p_graph AND state <= 4 AND NOT cancel ORDER BY id DESC LIMIT 1001);
    has_more := cardinality(v_ids) > 1000;
    -- What runs before what waits, as whoever settles locks them.
    FOR v_job IN
        SELECT * FROM roost.job WHERE id = ANY (v_ids[:1000]) AND state <= 4 ORDER BY (state = 4), id FOR UPDATE
    LOOP
        SELECT * INTO v_one FROM roost.cancel_row(p_now, v_job, p_failure);
        IF v_one.result = 'requested' THEN
            requested := requested + 1;
        ELSE
            done := done + 1;
            changes := changes || v_one.change;
            IF v_one.ended IS NOT NULL THEN
                v_ended := v_ended || v_one.ended;
            END IF;
        END IF;
    END LOOP;
    IF has_more THEN
        INSERT INTO roost.todo (what, job, state, failure) VALUES (1, p_graph, 0, p_failure);
        PERFORM roost.note_topic('d');
    END IF;
    IF cardinality(v_ended) > 0 THEN
        SELECT * INTO v_rest FROM roost.resolve(p_now, v_ended);
        changes := changes || v_rest.changes;
        has_more := has_more OR v_rest.has_more;
    END IF;
END $$;

CREATE FUNCTION roost.perform(
    p_now bigint, p_sender text, p_id uuid, p_action text, p_target text, p_by text, p_why text, p_failure text,
    p_job uuid, p_queue text, p_kind text, p_delay bigint, p_at bigint, p_once boolean, p_until bigint,
    OUT result text, OUT state smallint, OUT job uuid, OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_row roost.job;
    v_is_known boolean := false;
    v_state smallint;
    v_due bigint;
    v_one record;
    v_step record;
    v_taken record;
    v_rest record;
    v_key bytea;
BEGIN
    changes := '{}';
    has_more := false;
    DELETE FROM roost.request WHERE at <= v_now - 120000000;
    INSERT INTO roost.request (id, at, result) VALUES (p_id, v_now, '') ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        PERFORM roost.done_before();
        SELECT r.result, r.state, r.job INTO result, state, job FROM roost.request r WHERE r.id = p_id;
        news := '';
        RETURN;
    END IF;
    IF p_job IS NOT NULL AND p_action IN ('cancel', 'reschedule', 'retry', 'delete') THEN
        SELECT j.* INTO v_row FROM roost.job j WHERE j.id = p_job FOR UPDATE;
        v_is_known := FOUND;
        v_state := roost.state_of(p_job);
    END IF;
    CASE p_action
    WHEN 'cancel' THEN
        IF NOT v_is_known THEN
            result := CASE WHEN v_state IS NULL THEN 'notFound' ELSE 'unchanged' END;
        ELSE
            SELECT * INTO v_one FROM roost.cancel_row(v_now, v_row, p_failure);
            result := v_one.result;
            IF result = 'done' THEN
                changes := ARRAY[v_one.change];
            END IF;
            IF v_one.ended IS NOT NULL THEN
                SELECT * INTO v_rest FROM roost.resolve(v_now, ARRAY[v_one.ended]);
                changes := changes || v_rest.changes;
                has_more := v_rest.has_more;
            END IF;
        END IF;
    WHEN 'cancelGraph' THEN
        SELECT * INTO v_step FROM roost.cancel_step(v_now, p_job, p_failure);
        changes := v_step.changes;
        has_more := v_step.has_more;
        result := CASE
            WHEN v_step.done > 0 THEN 'done'
            WHEN v_step.requested > 0 THEN 'requested'
            WHEN EXISTS (SELECT FROM roost.job j WHERE j.graph = p_job AND j.state = 1 AND j.token <> 0) THEN 'requested'
            WHEN EXISTS (SELECT FROM roost.job j WHERE j.graph = p_job) THEN 'unchanged'
            WHEN EXISTS (SELECT FROM roost.done d WHERE d.graph = p_job) THEN 'unchanged'
            ELSE 'notFound' END;
    WHEN 'reschedule' THEN
        IF v_state IS NULL THEN
            result := 'notFound';
        ELSIF v_state NOT IN (0, 1) THEN
            result := 'refused';
            state := v_state;
        ELSE
            v_due := roost.due(v_now, p_delay, p_at);
            IF (v_due IS NULL) <> (v_row.state = 1) THEN
                changes := ARRAY[ROW(v_row.id, v_row.lane, v_row.state, CASE WHEN v_due IS NULL THEN 1 ELSE 0 END, NULL, v_row.attempt)::roost.change];
            END IF;
            PERFORM roost.start_or_schedule(v_now, p_job, v_due);
            result := 'done';
        END IF;
    WHEN 'retry' THEN
        IF v_state IS NULL THEN
            result := 'notFound';
        ELSIF NOT v_is_known OR v_state < 5 THEN
            result := 'refused';
            state := v_state;
        ELSE
            IF v_row.unique_key IS NOT NULL THEN
                SELECT * INTO v_taken FROM roost.take_key(
                    v_now, v_row.unique_key, p_job, v_row.enqueued_at, v_row.unique_period, v_row.unique_states);
                job := v_taken.holder;
            END IF;
            IF job IS NOT NULL THEN
                result := 'duplicate';
            ELSE
                changes := ARRAY[ROW(v_row.id, v_row.lane, v_row.state, 1, NULL, v_row.attempt)::roost.change];
                -- No job that waited for this one is told again, hence no children any more.
                UPDATE roost.job j SET failures = 0, crashes = 0, flags = j.flags & ~25, cancel = false, started_at = NULL,
                    finished_at = NULL, prune_at = NULL, failure = NULL
                WHERE j.id = p_job;
                PERFORM roost.start(v_now, ARRAY[p_job]);
                result := 'done';
            END IF;
        END IF;
    WHEN 'delete' THEN
        IF v_state IS NULL THEN
            result := 'notFound';
        ELSIF v_state < 5 THEN
            result := 'refused';
            state := v_state;
        ELSE
            IF v_is_known THEN
                v_key := v_row.unique_key;
                DELETE FROM roost.job j WHERE j.id = p_job;
                DELETE FROM roost.edge e WHERE e.child = p_job;
            ELSE
                DELETE FROM roost.done d WHERE d.id = p_job RETURNING d.unique_key INTO v_key;
            END IF;
            DELETE FROM roost.attempt a WHERE a.job = p_job;
            DELETE FROM roost.revocation r WHERE r.job = p_job;
            DELETE FROM roost.unique_key u WHERE u.key = v_key AND u.job = p_job;
            result := 'done';
        END IF;
    WHEN 'pause' THEN
        INSERT INTO roost.pause (queue, kind) VALUES (coalesce(p_queue, ''), coalesce(p_kind, '')) ON CONFLICT DO NOTHING;
        result := CASE WHEN FOUND THEN 'done' ELSE 'unchanged' END;
    WHEN 'resume' THEN
        DELETE FROM roost.pause WHERE queue = coalesce(p_queue, '') AND kind = coalesce(p_kind, '');
        result := CASE WHEN FOUND THEN 'done' ELSE 'unchanged' END;
        IF FOUND THEN
            PERFORM roost.note_ready('*');
        END IF;
    WHEN 'revoke' THEN
        DELETE FROM roost.revocation r WHERE r.job = p_job OR r.kind = p_kind;
        INSERT INTO roost.revocation (job, kind, once, until, by, at) VALUES (p_job, p_kind, p_once, p_until, p_by, v_now)
        -- Somebody else has revoked it at the same moment.
        ON CONFLICT DO NOTHING;
        PERFORM roost.note_ready('*');
        result := 'done';
    WHEN 'restore' THEN
        DELETE FROM roost.revocation r WHERE r.job = p_job OR r.kind = p_kind;
        result := CASE WHEN FOUND THEN 'done' ELSE 'unchanged' END;
    END CASE;
    UPDATE roost.request r SET result = perform.result, state = perform.state, job = perform.job WHERE r.id = p_id;
    INSERT INTO roost.audit (at, action, target, by, why, result) VALUES (v_now, p_action, p_target, p_by, p_why, perform.result);
    news := roost.tell(p_sender);
END $$;
