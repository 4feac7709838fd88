-- How workers report what became of jobs.

-- Moves a job that succeeded to those that are done.
CREATE FUNCTION roost.succeed(p_now bigint, p_job roost.job, p_output bytea, p_started bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM roost.job WHERE id = p_job.id;
    INSERT INTO roost.done (
        id, lane, token, claims, client, enqueued_at, finished_at, prune_at, prio, attempt, failures, crashes, flags, started_at,
        expires, graph, unique_key, headers, output)
    VALUES (
        p_job.id, p_job.lane, p_job.settled, p_job.claims, p_job.client, p_job.enqueued_at, p_now, p_now + p_job.retention,
        p_job.prio, p_job.attempt, p_job.failures, p_job.crashes, p_job.flags, p_started, p_job.expires, p_job.graph,
        p_job.unique_key, p_job.headers, p_output)
    -- Unless an enqueue at a higher isolation, which did not see that it had succeeded, stored it anew.
    ON CONFLICT (id) DO NOTHING;
    IF p_job.flags & 4 <> 0 THEN
        DELETE FROM roost.edge WHERE child = p_job.id;
    END IF;
    IF p_job.unique_key IS NOT NULL THEN
        PERFORM roost.release_key(p_job.unique_key, p_job.id, 5::smallint);
    END IF;
    PERFORM roost.count(p_now, p_job.lane, 'succeeded');
    PERFORM roost.note_topic('s');
END $$;

-- Puts a job back where it stood, uncharged; one whose cancel was asked for ends instead. True: it ended.
CREATE FUNCTION roost.give_back(p_now bigint, p_job roost.job) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_job.cancel THEN
        PERFORM roost.end_job(p_now, p_job, 7::smallint, NULL, NULL);
        RETURN true;
    END IF;
    UPDATE roost.job SET token = 0, settled = p_job.settled WHERE id = p_job.id;
    PERFORM roost.note_ready(concat_ws(':', p_job.lane, p_job.prio, p_job.rank, p_job.pos));
    RETURN false;
END $$;

-- Settles one item whose job is locked and held by its token. Ends: 0 succeeded, 1 failed, 2 retry, 3 cancelled, 4 expired, 5 released.
CREATE FUNCTION roost.settle_one(
    p_now bigint, p_worker bigint, p_job roost.job, p_end smallint, p_started bigint, p_output bytea, p_delay bigint,
    p_uses_retry boolean, p_failure text, p_added jsonb, OUT changes roost.change[], OUT ended smallint, OUT has_more boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_job roost.job := p_job;
    v_attempt integer;
    v_due bigint;
    v_added record;
    v_failure text;
BEGIN
    changes := '{}';
    has_more := false;
    v_job.settled := v_job.token;
    v_attempt := least(v_job.attempt, 2147483646) + 1;
    IF p_started IS NOT NULL AND p_end <> 5 THEN
        v_job.attempt := v_attempt;
    END IF;
    IF p_end IN (1, 2) OR (p_end = 3 AND p_started IS NOT NULL) THEN
        PERFORM roost.log_attempt(p_now, v_job.id, v_attempt, p_failure, p_worker, p_started);
        v_job.flags := v_job.flags | 32;
    END IF;
    CASE p_end
    WHEN 0 THEN
        ended := 5;
        IF p_added IS NULL THEN
            PERFORM roost.succeed(p_now, v_job, p_output, p_started);
            RETURN;
        END IF;
        BEGIN
            -- In this order, since the edges of what it added may name the job itself, which has succeeded by then.
            PERFORM roost.succeed(p_now, v_job, p_output, p_started);
            SELECT * INTO v_added FROM roost.insert_batch(p_now, p_added);
            changes := v_added.changes;
            has_more := v_added.has_more;
        EXCEPTION WHEN SQLSTATE 'RO001' THEN
            changes := ARRAY[ROW(v_job.id, v_job.lane, 3, 6, 'error', v_job.attempt)::roost.change];
            v_failure := json_build_object(
                'reason', 'error', 'errorType', 'RoostCore.StoreError', 'message', 'the jobs that it added were rejected: ' || SQLERRM);
            PERFORM roost.log_attempt(p_now, v_job.id, v_attempt, v_failure, p_worker, p_started);
            v_job.flags := v_job.flags | 32;
            PERFORM roost.end_job(p_now, v_job, 6::smallint, v_failure, p_started);
            ended := 6;
        END;
    WHEN 1 THEN
        ended := 6;
        PERFORM roost.end_job(p_now, v_job, 6::smallint, p_failure, p_started);
    WHEN 2 THEN
        IF v_job.cancel THEN
            ended := 7;
            changes := ARRAY[ROW(v_job.id, v_job.lane, 3, 7, 'cancelled', v_job.attempt)::roost.change];
            PERFORM roost.end_job(p_now, v_job, 7::smallint, NULL, p_started);
            RETURN;
        END IF;
        IF p_uses_retry THEN
            v_job.failures := least(v_job.failures, 2147483646) + 1;
        END IF;
        v_due := roost.due(p_now, p_delay, NULL);
        UPDATE roost.job SET settled = v_job.settled, attempt = v_job.attempt, failures = v_job.failures, flags = v_job.flags
        WHERE id = v_job.id;
        PERFORM roost.start_or_schedule(p_now, v_job.id, v_due);
        PERFORM roost.count(p_now, v_job.lane, 'retried');
    WHEN 3 THEN
        ended := 7;
        PERFORM roost.end_job(p_now, v_job, 7::smallint, p_failure, p_started);
    WHEN 4 THEN
        ended := 8;
        PERFORM roost.end_job(p_now, v_job, 8::smallint, '{"reason": "expired"}', p_started);
    ELSE
        IF roost.give_back(p_now, v_job) THEN
            ended := 7;
            changes := ARRAY[ROW(v_job.id, v_job.lane, 3, 7, 'cancelled', v_job.attempt)::roost.change];
        END IF;
    END CASE;
END $$;

-- Whether the last settle of a job was by that token: the one that comes again.
CREATE FUNCTION roost.was_settled(p_job uuid, p_token bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM roost.done WHERE id = p_job AND token = p_token)
        OR EXISTS (SELECT FROM roost.job WHERE id = p_job AND settled = p_token);
END $$;

-- Settles items under one order of locks: leases, jobs, then those that wait for them. Those that succeeded and added nothing are
-- settled all at once. `answers`: a byte an item, 0 applied, 1 already, 2 stale; null: all were applied.
CREATE FUNCTION roost.settle(
    p_now bigint, p_sender text, p_worker bigint, p_jobs uuid[], p_tokens bigint[], p_ends smallint[], p_started bigint[],
    p_outputs bytea[], p_delays bigint[], p_uses_retry boolean[], p_failures text[], p_added text[],
    OUT now bigint, OUT answers bytea, OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    v_are_plain boolean := p_ends IS NULL;
    -- In a transaction that keeps its first snapshot a heartbeat since then would make it fail. A job's token is fence enough for it, and its
    -- lease ends by itself.
    v_fences boolean := current_setting('transaction_isolation') NOT IN ('repeatable read', 'serializable');
    v_answers smallint[];
    v_gone uuid[];
    v_freed bigint[];
    v_parents uuid[];
    v_with_edges uuid[];
    v_keys bytea[];
    v_item record;
    v_open integer;
    v_job roost.job;
    v_one record;
    v_rest record;
    v_ended uuid[] := ARRAY[]::uuid[];
    v_states smallint[] := ARRAY[]::smallint[];
BEGIN
    changes := '{}';
    has_more := false;
    -- The lease is the fence: whoever takes its jobs back locks it alone. Two calls of one worker may hold it in common, since each settles
    -- other jobs of it.
    IF v_fences THEN
        PERFORM FROM roost.lease WHERE token = ANY (p_tokens) ORDER BY token FOR KEY SHARE;
    END IF;
    now := roost.clock(p_now);
    LOOP
        BEGIN
            WITH gone AS (
                DELETE FROM roost.job j
                USING (
                    SELECT * FROM unnest(p_jobs, p_tokens, p_started, p_outputs, p_ends, p_added) u (id, token, started, output, how, added)
                    WHERE v_are_plain OR (u.how = 0 AND u.added IS NULL) ORDER BY u.id) i
                -- Only one that runs has a token. A condition on its state as well might bring the planner to look through all that are ready.
                WHERE j.id = i.id AND j.token = i.token
                RETURNING j.id, j.lane, j.token, j.claims, j.client, j.enqueued_at, j.retention, j.prio, j.attempt, j.failures,
                    j.crashes, j.flags, j.expires, j.graph, j.unique_key, j.headers, i.started, i.output
            ), stored AS (
                INSERT INTO roost.done (
                    id, lane, token, claims, client, enqueued_at, finished_at, prune_at, prio, attempt, failures, crashes, flags,
                    started_at, expires, graph, unique_key, headers, output)
                SELECT id, lane, token, claims, client, enqueued_at, settle.now, settle.now + retention, prio,
                    CASE WHEN started IS NULL THEN attempt ELSE least(attempt, 2147483646) + 1 END, failures, crashes, flags,
                    started, expires, graph, unique_key, headers, output
                FROM gone
            ), lanes AS (
                INSERT INTO roost.minute AS m (minute, lane, backend, succeeded)
                SELECT settle.now / 60000000, lane, pg_backend_pid(), count(*) FROM gone GROUP BY lane
                ON CONFLICT (minute, lane, backend) DO UPDATE SET succeeded = m.succeeded + excluded.succeeded
            )
            SELECT array_agg(id), array_agg(token), array_agg(id) FILTER (WHERE flags & 1 <> 0), array_agg(id) FILTER (WHERE flags & 4 <> 0),
                array_agg(unique_key) FILTER (WHERE unique_key IS NOT NULL)
            INTO v_gone, v_freed, v_parents, v_with_edges, v_keys
            FROM gone;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- See succeed(). ON CONFLICT would cost each job 48 bytes of the server's log and 4 µs.
            DELETE FROM roost.done d USING roost.job j WHERE d.id = ANY (p_jobs) AND j.id = d.id;
        END;
    END LOOP;
    IF v_gone IS NOT NULL THEN
        PERFORM roost.note_topic('s');
    END IF;
    IF v_with_edges IS NOT NULL THEN
        DELETE FROM roost.edge WHERE child = ANY (v_with_edges);
    END IF;
    IF v_keys IS NOT NULL THEN
        PERFORM roost.release_key(k.key, k.job, 5::smallint)
        FROM (SELECT * FROM roost.unique_key WHERE key = ANY (v_keys) AND job = ANY (v_gone) ORDER BY key FOR UPDATE) k;
    END IF;
    IF v_parents IS NOT NULL THEN
        v_ended := v_parents;
        v_states := array_fill(5::smallint, ARRAY[cardinality(v_parents)]);
    END IF;
    IF coalesce(cardinality(v_gone), 0) <> cardinality(p_jobs) THEN
        -- Of one that comes twice the first was settled. Those that are to be settled one by one are answered below.
        v_answers := ARRAY(
            SELECT CASE WHEN i.id = ANY (v_gone) AND i.nth = 1 THEN 0
                WHEN NOT v_are_plain AND (i.how <> 0 OR i.added IS NOT NULL) THEN 2
                WHEN roost.was_settled(i.id, i.token) THEN 1 ELSE 2 END::smallint
            FROM (
                SELECT u.*, row_number() OVER (PARTITION BY u.id, u.token, u.how <> 0, u.added IS NULL ORDER BY u.ord) AS nth
                FROM unnest(p_jobs, p_tokens, p_ends, p_added) WITH ORDINALITY u (id, token, how, added, ord)) i
            ORDER BY i.ord);
    END IF;
    IF NOT v_are_plain THEN
        v_freed := coalesce(v_freed, '{}');
        PERFORM FROM roost.job WHERE id = ANY (p_jobs) ORDER BY id FOR UPDATE;
        FOR v_item IN
            SELECT * FROM unnest(p_jobs, p_tokens, p_ends, p_started, p_outputs, p_delays, p_uses_retry, p_failures, p_added)
                WITH ORDINALITY u (id, token, how, started, output, delay, uses_retry, failure, added, ord)
            WHERE u.how <> 0 OR u.added IS NOT NULL ORDER BY u.ord
        LOOP
            SELECT * INTO v_job FROM roost.job WHERE id = v_item.id AND token = v_item.token;
            IF NOT FOUND THEN
                v_answers[v_item.ord] := CASE WHEN roost.was_settled(v_item.id, v_item.token) THEN 1 ELSE 2 END;
                CONTINUE;
            END IF;
            v_answers[v_item.ord] := 0;
            v_freed := v_freed || v_item.token;
            SELECT * INTO v_one FROM roost.settle_one(
                now, p_worker, v_job, v_item.how, v_item.started, v_item.output, v_item.delay, v_item.uses_retry, v_item.failure,
                v_item.added::jsonb);
            changes := changes || v_one.changes;
            has_more := has_more OR v_one.has_more;
            IF v_one.ended IS NOT NULL AND v_job.flags & 1 <> 0 THEN
                v_ended := v_ended || v_job.id;
                v_states := v_states || v_one.ended;
            END IF;
        END LOOP;
    END IF;
    IF 1 = ANY (v_answers) THEN
        PERFORM roost.done_before();
    END IF;
    IF 0 <> ANY (v_answers) THEN
        answers := (SELECT string_agg(set_byte('\x00', 0, a::integer), '' ORDER BY ord) FROM unnest(v_answers) WITH ORDINALITY u (a, ord));
    END IF;
    -- A lease loses members; the last one takes its row along.
    FOR v_item IN SELECT token, count(*)::integer AS number FROM unnest(v_freed) token GROUP BY token ORDER BY token LOOP
        EXIT WHEN NOT v_fences;
        DELETE FROM roost.lease WHERE token = v_item.token AND open <= v_item.number;
        IF NOT FOUND THEN
            UPDATE roost.lease SET open = open - v_item.number WHERE token = v_item.token RETURNING open INTO v_open;
            -- Another call has settled the rest since this one began.
            IF v_open <= 0 THEN
                DELETE FROM roost.lease WHERE token = v_item.token;
            END IF;
        END IF;
    END LOOP;
    IF cardinality(v_ended) > 0 THEN
        -- In the order of the items.
        SELECT r.* INTO v_rest FROM roost.resolve(now, ARRAY(
            SELECT ROW(e.id, e.state)::roost.ended
            FROM unnest(v_ended, v_states) e (id, state) JOIN unnest(p_jobs) WITH ORDINALITY i (id, ord) ON i.id = e.id
            GROUP BY e.id, e.state ORDER BY min(i.ord))) r;
        changes := changes || v_rest.changes;
        has_more := has_more OR v_rest.has_more;
    END IF;
    news := roost.tell(p_sender);
END $$;
