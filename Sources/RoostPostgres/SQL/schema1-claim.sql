-- How jobs go out.

-- Verdicts: 0 run, 1 expired, 2 revoked, 3 poison. is_cut: the claim handed out fewer than it could.
CREATE TYPE roost.claimed AS (
    is_cut boolean, token bigint, id uuid, lane bigint, verdict smallint, solo boolean, prio integer,
    rank bigint, pos bigint, attempt integer, failures integer, crashes integer, claims bigint, flags integer, graph uuid,
    codec smallint, key_id integer, enqueued_at bigint, ready_at bigint, expires bigint, options bytea, headers text, payload bytea
);

-- The jobs that a claim chose, before it takes them.
-- `place`: where its row is; it stays there while it is locked.
CREATE TYPE roost.pick AS (id uuid, place tid, lane bigint, verdict smallint, solo boolean);

-- What a claim hands a job out as, but for revocations, which may hold once.
CREATE FUNCTION roost.verdict(p_flags integer, p_expires bigint, p_now bigint) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_flags & 16 <> 0 THEN 3::smallint WHEN p_expires <= p_now THEN 1::smallint ELSE 0::smallint END
$$;

-- Whether a job that crashed this often runs alone, unless it is poison.
CREATE FUNCTION roost.is_solo(p_crashes integer, p_max_crashes integer, p_flags integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p_crashes > 0 AND p_crashes >= least(2, p_max_crashes) AND p_flags & 16 = 0
$$;

-- The heads of some lanes of one queue in strict order, locked, from the given places on. is_cut: there may be more than these, fewer
-- than asked for.
CREATE FUNCTION roost.heads(
    p_now bigint, p_limit integer, p_solo boolean, p_lanes bigint[], p_prio integer[], p_rank bigint[], p_pos bigint[],
    OUT picks roost.pick[], OUT is_cut boolean
) LANGUAGE plpgsql AS $$
DECLARE
    -- One lane is read at once; of many, most give less than their share.
    v_chunk integer := CASE cardinality(p_lanes) WHEN 1 THEN p_limit ELSE greatest(16, 2 * p_limit / cardinality(p_lanes)) END;
    v_last bigint;
BEGIN
    picks := ARRAY(
        SELECT ROW(j.id, j.place, l.lane, roost.verdict(j.flags, j.expires, p_now), roost.is_solo(j.crashes, j.max_crashes, j.flags))::roost.pick
        FROM unnest(p_lanes, p_prio, p_rank, p_pos) WITH ORDINALITY l (lane, prio, rank, pos, ord)
        CROSS JOIN LATERAL (
            SELECT j.id, j.ctid AS place, j.prio, j.rank, j.pos, j.flags, j.expires, j.crashes, j.max_crashes FROM roost.job j
            WHERE j.lane = l.lane AND j.state = 1 AND j.token = 0 AND (j.prio, j.rank, j.pos) > (l.prio, l.rank, l.pos)
                -- Left out whatever its verdict: no claim need look twice at what it may not take.
                AND (p_solo OR j.crashes = 0 OR NOT roost.is_solo(j.crashes, j.max_crashes, j.flags))
            ORDER BY j.prio, j.rank, j.pos LIMIT v_chunk FOR UPDATE SKIP LOCKED) j
        ORDER BY j.prio, j.rank, j.pos, l.ord);
    is_cut := false;
    IF cardinality(p_lanes) > 1 THEN
        -- Behind the last head of a lane that gave all it was asked for, more of it may come before those of others.
        SELECT min(f.last) INTO v_last
        FROM (
            SELECT max(p.ord) AS last FROM unnest(picks) WITH ORDINALITY p (id, place, lane, verdict, solo, ord)
            GROUP BY p.lane HAVING count(*) >= v_chunk) f;
        IF v_last IS NOT NULL THEN
            is_cut := v_last < p_limit;
            picks := picks[:v_last];
        END IF;
        picks := picks[:p_limit];
    END IF;
END $$;

-- Decides, job by job in their order, what a claim takes of its picks. is_full: it takes no more.
CREATE FUNCTION roost.choose(
    p_now bigint, p_taken integer, p_ended_only boolean, INOUT picks roost.pick[], OUT is_full boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_pick roost.pick;
    v_chosen roost.pick[] := ARRAY[]::roost.pick[];
    v_once record;
    v_are_revoked boolean := EXISTS (SELECT FROM roost.revocation);
BEGIN
    is_full := false;
    IF NOT v_are_revoked AND NOT p_ended_only AND NOT EXISTS (SELECT FROM unnest(picks) p WHERE p.solo) THEN
        RETURN;
    END IF;
    FOREACH v_pick IN ARRAY picks LOOP
        IF v_are_revoked AND v_pick.verdict <> 3 THEN
            -- A job's own goes before its kind's.
            SELECT r.once, r.job, r.kind INTO v_once FROM roost.revocation r
            WHERE (r.job = v_pick.id OR r.kind = (SELECT l.kind FROM roost.lane l WHERE l.id = v_pick.lane LIMIT 1))
                AND (r.until IS NULL OR r.until > p_now)
            ORDER BY r.job LIMIT 1 FOR UPDATE;
            IF FOUND THEN
                v_pick.verdict := 2;
                IF v_once.once THEN
                    DELETE FROM roost.revocation WHERE job = v_once.job OR kind = v_once.kind;
                END IF;
            END IF;
        END IF;
        IF v_pick.verdict <> 0 THEN
            v_pick.solo := false;
        ELSIF p_ended_only THEN
            CONTINUE;
        ELSIF v_pick.solo THEN
            -- One that must run alone waits for a claim of its own; what stands behind it waits too.
            is_full := true;
            IF p_taken + cardinality(v_chosen) = 0 THEN
                v_chosen := v_chosen || v_pick;
            END IF;
            EXIT;
        END IF;
        v_chosen := v_chosen || v_pick;
    END LOOP;
    picks := v_chosen;
END $$;

-- Marks the picks as running under a new lease, and answers them in their order. p_after: the greatest token that the worker knows.
CREATE FUNCTION roost.hand_out(
    p_worker bigint, p_after bigint, p_until bigint, p_picks roost.pick[], p_is_cut boolean
) RETURNS SETOF roost.claimed LANGUAGE plpgsql AS $$
DECLARE
    v_token bigint;
BEGIN
    IF cardinality(p_picks) = 0 THEN
        RETURN;
    END IF;
    v_token := nextval('roost.token');
    -- A standby that took over may not have heard of the last ones. What was restored from a backup may be too far behind for this.
    WHILE v_token <= p_after AND p_after - v_token < 100000 LOOP
        v_token := nextval('roost.token');
    END LOOP;
    INSERT INTO roost.lease (token, worker, until, open, members)
    VALUES (v_token, p_worker, p_until, cardinality(p_picks), ARRAY(SELECT id FROM unnest(p_picks)));
    RETURN QUERY
        WITH taken AS (
            UPDATE roost.job j SET token = v_token, claims = j.claims + 1,
                flags = CASE WHEN p.solo THEN j.flags | 8 ELSE j.flags & ~8 END
            FROM unnest(p_picks) WITH ORDINALITY p (id, place, lane, verdict, solo, ord) WHERE j.ctid = p.place
            RETURNING p.ord, p.verdict, p.solo, j.*
        )
        SELECT p_is_cut, t.token, t.id, t.lane, t.verdict, t.solo, t.prio, t.rank, t.pos, t.attempt, t.failures,
            t.crashes, t.claims, t.flags, t.graph, t.codec, t.key_id, t.enqueued_at, t.ready_at, t.expires, t.options, t.headers,
            t.payload
        FROM taken t ORDER BY t.ord;
END $$;

-- Hands out ready jobs of some lanes. p_turn: the number of this claim among the worker's. p_groups numbers the queues in the order to serve
-- them. p_prio, p_rank and p_pos: the place in each lane behind which this claim looks; what became ready in this transaction before it is
-- found all the same. p_newest_lane: the newest that the worker knows; where there are newer ones it is given nothing, and is to learn them
-- first.
CREATE FUNCTION roost.claim(
    p_now bigint, p_uptime bigint, p_worker bigint, p_turn bigint, p_after bigint, p_limit integer, p_lease bigint, p_solo boolean,
    p_lanes bigint[], p_groups integer[], p_newest_lane bigint, p_prio integer[], p_rank bigint[], p_pos bigint[]
) RETURNS SETOF roost.claimed LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET enable_bitmapscan = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_ready text := coalesce(current_setting('roost_store.ready', true), '');
    v_group record;
    v_heads record;
    v_chosen record;
    v_picks roost.pick[] := ARRAY[]::roost.pick[];
    v_is_cut boolean := false;
    v_is_full boolean := false;
BEGIN
    IF roost.is_fenced(p_worker, p_turn) OR EXISTS (SELECT FROM roost.lane WHERE seq > p_newest_lane) THEN
        RETURN;
    END IF;
    FOR v_group IN
        SELECT array_agg(l.lane ORDER BY l.ord) AS lanes, array_agg(l.prio ORDER BY l.ord) AS prio,
            array_agg(l.rank ORDER BY l.ord) AS rank, array_agg(l.pos ORDER BY l.ord) AS pos
        FROM roost.places(v_ready, p_lanes, p_groups, p_prio, p_rank, p_pos) l
        WHERE NOT EXISTS (SELECT FROM roost.pause) OR NOT roost.is_paused(l.lane)
        GROUP BY l.queue ORDER BY l.queue
    LOOP
        EXIT WHEN cardinality(v_picks) >= p_limit;
        SELECT * INTO v_heads FROM roost.heads(
            v_now, p_limit - cardinality(v_picks), p_solo, v_group.lanes, v_group.prio, v_group.rank, v_group.pos);
        SELECT * INTO v_chosen FROM roost.choose(v_now, cardinality(v_picks), false, v_heads.picks);
        v_picks := v_picks || v_chosen.picks;
        v_is_full := v_chosen.is_full;
        v_is_cut := v_heads.is_cut AND NOT v_is_full;
        EXIT WHEN v_is_cut OR v_is_full;
    END LOOP;
    IF v_ready <> '' AND NOT v_is_cut AND NOT v_is_full AND cardinality(v_picks) < p_limit AND roost.are_among(v_ready, p_lanes) THEN
        -- What became ready in this transaction is taken: the next job of a chain goes to the worker that settles the one before it, and
        -- wakes nobody.
        PERFORM set_config('roost_store.ready', '', true),
            set_config('roost_store.topics', replace(current_setting('roost_store.topics', true), 'r', ''), true);
    END IF;
    RETURN QUERY SELECT * FROM roost.hand_out(p_worker, p_after, coalesce(p_uptime, v_now) + p_lease, v_picks, v_is_cut);
    -- Of several lanes another claim holds more than it will take: what it leaves is nobody's until somebody asks again.
    IF cardinality(p_lanes) > 1 AND NOT v_is_cut AND NOT v_is_full AND cardinality(v_picks) < p_limit
        AND NOT EXISTS (SELECT FROM roost.pause)
        AND EXISTS (
            SELECT FROM unnest(p_lanes, p_prio, p_rank, p_pos) l (lane, prio, rank, pos)
            CROSS JOIN LATERAL (
                SELECT FROM roost.job j
                WHERE j.lane = l.lane AND j.state = 1 AND j.token = 0 AND (j.prio, j.rank, j.pos) > (l.prio, l.rank, l.pos)
                    AND (p_solo OR j.crashes = 0 OR NOT roost.is_solo(j.crashes, j.max_crashes, j.flags))
                ORDER BY j.prio, j.rank, j.pos LIMIT 1) j)
    THEN
        PERFORM set_config('roost_store.held', '1', true);
    END IF;
END $$;

-- Whether all places are in one of the lanes.
CREATE FUNCTION roost.are_among(p_ready text, p_lanes bigint[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN p_ready <> '*' AND NOT EXISTS (
        SELECT FROM string_to_table(p_ready, ',') r WHERE split_part(r, ':', 1)::bigint <> ALL (p_lanes));
END $$;

-- From where in each lane a claim looks: the place it names, or one before it where a job became ready in this transaction.
CREATE FUNCTION roost.places(
    p_ready text, p_lanes bigint[], p_groups integer[], p_prio integer[], p_rank bigint[], p_pos bigint[]
) RETURNS TABLE (ord bigint, lane bigint, queue integer, prio integer, rank bigint, pos bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_ready = '' THEN
        RETURN QUERY SELECT l.ord, l.lane, l.queue, l.prio, l.rank, l.pos
            FROM unnest(p_lanes, p_groups, p_prio, p_rank, p_pos) WITH ORDINALITY l (lane, queue, prio, rank, pos, ord);
        RETURN;
    END IF;
    RETURN QUERY
        SELECT DISTINCT ON (l.ord) l.ord, l.lane, l.queue, p.prio, p.rank, p.pos
        FROM unnest(p_lanes, p_groups, p_prio, p_rank, p_pos) WITH ORDINALITY l (lane, queue, prio, rank, pos, ord)
        CROSS JOIN LATERAL (
            SELECT l.prio, l.rank, l.pos
            UNION ALL SELECT -2147483648, -9223372036854775808, 0 WHERE p_ready = '*'
            UNION ALL
            SELECT split_part(r, ':', 2)::integer, split_part(r, ':', 3)::bigint, split_part(r, ':', 4)::bigint - 1
            FROM string_to_table(p_ready, ',') r WHERE p_ready <> '*' AND split_part(r, ':', 1)::bigint = l.lane
        ) p (prio, rank, pos)
        ORDER BY l.ord, p.prio, p.rank, p.pos;
END $$;

-- Hands out jobs of any lane that will not run: poison, expired, revoked.
CREATE FUNCTION roost.claim_ended(
    p_now bigint, p_uptime bigint, p_worker bigint, p_turn bigint, p_after bigint, p_limit integer, p_lease bigint
) RETURNS SETOF roost.claimed LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_ids uuid[];
    v_picks roost.pick[];
BEGIN
    IF roost.is_fenced(p_worker, p_turn) THEN
        RETURN;
    END IF;
    v_ids := ARRAY(
        (SELECT id FROM roost.job WHERE state = 1 AND flags & 16 <> 0 AND token = 0 ORDER BY id LIMIT p_limit)
        UNION
        (SELECT id FROM roost.job WHERE state = 1 AND token = 0 AND expires IS NOT NULL AND expires <= v_now ORDER BY expires LIMIT p_limit)
        UNION
        (SELECT j.id FROM roost.revocation r JOIN roost.job j ON j.id = r.job WHERE j.state + 0 = 1 AND j.token = 0)
        UNION
        (SELECT j.id FROM roost.revocation r JOIN roost.lane l ON l.kind = r.kind CROSS JOIN LATERAL (
            SELECT j.id FROM roost.job j WHERE j.lane = l.id AND j.state = 1 AND j.token = 0
            ORDER BY j.prio, j.rank, j.pos LIMIT p_limit) j));
    v_picks := ARRAY(
        SELECT ROW(j.id, j.place, j.lane, roost.verdict(j.flags, j.expires, v_now), false)::roost.pick FROM (
            SELECT ctid AS place, * FROM roost.job WHERE id = ANY (v_ids) AND state + 0 = 1 AND token = 0 ORDER BY id FOR UPDATE SKIP LOCKED) j
        ORDER BY j.flags & 16 DESC, j.expires NULLS LAST, j.pos LIMIT p_limit);
    v_picks := (roost.choose(v_now, 0, true, v_picks)).picks;
    RETURN QUERY SELECT * FROM roost.hand_out(p_worker, p_after, coalesce(p_uptime, v_now) + p_lease, v_picks, false);
END $$;

-- What a worker needs to know after a claim, in its transaction.
CREATE FUNCTION roost.after_claim(
    p_now bigint, p_sender text, OUT now bigint, OUT next_due bigint, OUT newest_lane bigint, OUT news text
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    now := roost.clock(p_now);
    SELECT due INTO next_due FROM roost.job WHERE state = 0 ORDER BY due LIMIT 1;
    IF current_setting('roost_store.held', true) = '1' THEN
        next_due := least(next_due, now + 20000);
    END IF;
    SELECT seq INTO newest_lane FROM roost.lane ORDER BY seq DESC LIMIT 1;
    news := roost.tell(p_sender);
END $$;
