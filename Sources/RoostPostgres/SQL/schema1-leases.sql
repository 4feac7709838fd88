-- Workers, and the right to jobs that they have. p_uptime: the clock that leases are measured by; null: that of p_now.

-- Whether the claim of that number hands out nothing. Nobody fences it off before this transaction ends.
CREATE FUNCTION roost.is_fenced(p_worker bigint, p_turn bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('roost.fence', p_worker));
    RETURN EXISTS (SELECT FROM roost.fence WHERE worker = p_worker AND turn >= p_turn);
END $$;

-- Sees to it that no claim of a worker up to that number hands out anything from now on, and waits for those that do. False: it is so
-- already. Kept for an hour: no call is on its way for longer.
CREATE FUNCTION roost.fence_off(p_now bigint, p_worker bigint, p_turn bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('roost.fence', p_worker));
    INSERT INTO roost.fence AS f (worker, turn, until) VALUES (p_worker, p_turn, p_now + 3600000000)
    ON CONFLICT (worker) DO UPDATE SET turn = excluded.turn, until = excluded.until WHERE f.turn < excluded.turn;
    RETURN FOUND;
END $$;

-- Gives back, uncharged, what a worker holds under tokens greater than p_after, but for those in p_known.
CREATE FUNCTION roost.give_back_leases(
    p_now bigint, p_worker bigint, p_after bigint, p_known bigint[], OUT changes roost.change[], OUT has_more boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_lease roost.lease;
    v_job roost.job;
    v_ended roost.ended[] := ARRAY[]::roost.ended[];
    v_rest record;
BEGIN
    changes := '{}';
    has_more := false;
    FOR v_lease IN
        SELECT * FROM roost.lease WHERE worker = p_worker AND token > p_after AND token <> ALL (p_known) ORDER BY token FOR UPDATE
    LOOP
        FOR v_job IN
            SELECT j.* FROM unnest(v_lease.members) WITH ORDINALITY m (id, ord) JOIN roost.job j ON j.id = m.id
            WHERE j.token = v_lease.token ORDER BY m.ord FOR UPDATE OF j
        LOOP
            IF roost.give_back(p_now, v_job) THEN
                changes := changes || ROW(v_job.id, v_job.lane, 3, 7, 'cancelled', v_job.attempt)::roost.change;
                IF v_job.flags & 1 <> 0 THEN
                    v_ended := v_ended || ROW(v_job.id, 7)::roost.ended;
                END IF;
            ELSE
                changes := changes || ROW(v_job.id, v_job.lane, 3, 1, NULL, v_job.attempt)::roost.change;
            END IF;
        END LOOP;
        DELETE FROM roost.lease WHERE token = v_lease.token;
    END LOOP;
    IF cardinality(v_ended) > 0 THEN
        SELECT * INTO v_rest FROM roost.resolve(p_now, v_ended);
        changes := changes || v_rest.changes;
        has_more := v_rest.has_more;
    END IF;
END $$;

-- Gives back what a worker was handed out by claims whose answers it never had: what it holds after p_after and does not know. p_turn: the
-- number of this call among its claims and these.
CREATE FUNCTION roost.disown(
    p_now bigint, p_sender text, p_worker bigint, p_turn bigint, p_after bigint, p_known bigint[],
    OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
BEGIN
    changes := '{}';
    has_more := false;
    -- One that comes late must not give back what was claimed since.
    IF roost.fence_off(v_now, p_worker, p_turn) THEN
        SELECT b.changes, b.has_more INTO changes, has_more FROM roost.give_back_leases(v_now, p_worker, p_after, p_known) b;
    END IF;
    news := roost.tell(p_sender);
END $$;

-- Gives back what a worker holds, and forgets it.
CREATE FUNCTION roost.retire(
    p_now bigint, p_sender text, p_worker bigint, OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
BEGIN
    -- A claim of it that comes late is to hand out nothing.
    PERFORM roost.fence_off(v_now, p_worker, 9223372036854775807);
    SELECT b.changes, b.has_more INTO changes, has_more FROM roost.give_back_leases(v_now, p_worker, 0, '{}') b;
    DELETE FROM roost.worker WHERE id = p_worker;
    news := roost.tell(p_sender);
END $$;

-- Extends leases, marks the worker alive, and tells which leases it has no longer, and which of its jobs are to be cancelled.
CREATE FUNCTION roost.extend(
    p_now bigint, p_uptime bigint, p_worker bigint, p_tokens bigint[], p_lease bigint, OUT lost bigint[], OUT cancelled uuid[]
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint;
    v_uptime bigint;
    v_held bigint[];
BEGIN
    PERFORM FROM roost.lease WHERE token = ANY (p_tokens) ORDER BY token FOR UPDATE;
    v_now := roost.clock(p_now);
    v_uptime := coalesce(p_uptime, v_now);
    WITH extended AS (
        UPDATE roost.lease SET until = v_uptime + p_lease WHERE token = ANY (p_tokens) AND worker = p_worker AND until > v_uptime
        RETURNING token
    )
    SELECT array_agg(token) INTO v_held FROM extended;
    lost := ARRAY(SELECT t FROM unnest(p_tokens) t WHERE t <> ALL (coalesce(v_held, '{}')));
    UPDATE roost.worker SET heartbeat_at = v_now WHERE id = p_worker;
    cancelled := ARRAY(
        SELECT id FROM roost.job WHERE cancel AND token IN (SELECT token FROM roost.lease WHERE worker = p_worker) ORDER BY id);
END $$;

-- Takes back the jobs of leases that have ended, up to 1,000; each is charged a crash.
CREATE FUNCTION roost.reclaim(
    p_now bigint, p_uptime bigint, p_sender text, OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_left integer := 1000;
    v_lease roost.lease;
    v_job roost.job;
    v_start uuid[] := ARRAY[]::uuid[];
    v_ended roost.ended[] := ARRAY[]::roost.ended[];
    v_freed integer;
    v_is_solo boolean;
    v_rest record;
BEGIN
    changes := '{}';
    has_more := false;
    FOR v_lease IN SELECT * FROM roost.lease WHERE until <= coalesce(p_uptime, v_now) ORDER BY token FOR UPDATE SKIP LOCKED LOOP
        IF v_left <= 0 THEN
            has_more := true;
            EXIT;
        END IF;
        v_freed := 0;
        FOR v_job IN
            SELECT j.* FROM unnest(v_lease.members) WITH ORDINALITY m (id, ord) JOIN roost.job j ON j.id = m.id
            WHERE j.token = v_lease.token ORDER BY m.ord LIMIT v_left FOR UPDATE OF j
        LOOP
            v_freed := v_freed + 1;
            v_is_solo := v_job.flags & 8 <> 0;
            v_job.attempt := least(v_job.attempt, 2147483646) + 1;
            v_job.crashes := least(v_job.crashes, 2147483646) + 1;
            v_job.flags := v_job.flags | 32;
            -- Only a crash of a run that was alone may set it aside.
            IF v_is_solo AND v_job.crashes >= v_job.max_crashes THEN
                v_job.flags := v_job.flags | 16;
            END IF;
            PERFORM roost.log_attempt(v_now, v_job.id, v_job.attempt, '{"reason": "crashed"}', v_lease.worker, NULL);
            PERFORM roost.count(v_now, v_job.lane, 'crashed');
            IF v_job.cancel THEN
                PERFORM roost.end_job(v_now, v_job, 7::smallint, NULL, NULL);
                changes := changes || ROW(v_job.id, v_job.lane, 3, 7, 'cancelled', v_job.attempt)::roost.change;
                IF v_job.flags & 1 <> 0 THEN
                    v_ended := v_ended || ROW(v_job.id, 7)::roost.ended;
                END IF;
            ELSE
                UPDATE roost.job SET attempt = v_job.attempt, crashes = v_job.crashes, flags = v_job.flags WHERE id = v_job.id;
                v_start := v_start || v_job.id;
                changes := changes || ROW(v_job.id, v_job.lane, 3, 1, 'crashed', v_job.attempt)::roost.change;
            END IF;
        END LOOP;
        v_left := v_left - v_freed;
        IF v_left > 0 OR NOT EXISTS (
            SELECT FROM roost.job WHERE id = ANY (v_lease.members) AND token = v_lease.token AND id <> ALL (v_start))
        THEN
            DELETE FROM roost.lease WHERE token = v_lease.token;
        ELSE
            UPDATE roost.lease SET open = open - v_freed WHERE token = v_lease.token;
            has_more := true;
        END IF;
    END LOOP;
    IF cardinality(v_start) > 0 THEN
        PERFORM roost.start(v_now, v_start);
    END IF;
    IF cardinality(v_ended) > 0 THEN
        SELECT * INTO v_rest FROM roost.resolve(v_now, v_ended);
        changes := changes || v_rest.changes;
        has_more := has_more OR v_rest.has_more;
    END IF;
    news := roost.tell(p_sender);
END $$;
