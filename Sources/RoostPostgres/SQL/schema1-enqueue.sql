-- How jobs come in.

-- A job to store. `due_at` and `expires_at` are moments, `delay` and `expires_after` count from now; `waits`: it has edges.
CREATE TYPE roost.new_job AS (
    id uuid, lane bigint, prio integer, rank bigint, delay bigint, due_at bigint, expires_after bigint, expires_at bigint,
    max_crashes integer, retention bigint, graph uuid, codec smallint, key_id integer, client bigint, options bytea, headers text,
    payload bytea, waits boolean, unique_key bytea, unique_period bigint, unique_states integer
);

-- Stores one job, unless it is there already.
CREATE FUNCTION roost.insert_row(
    p_now bigint, p_client bigint, p_id uuid, p_lane bigint, p_prio integer, p_rank bigint, p_delay bigint, p_due_at bigint,
    p_expires_after bigint, p_expires_at bigint, p_max_crashes integer, p_retention bigint, p_graph uuid, p_codec smallint,
    p_key_id integer, p_options bytea, p_headers text, p_payload bytea, p_waits boolean DEFAULT false, p_unique_key bytea DEFAULT NULL,
    p_unique_period bigint DEFAULT NULL, p_unique_states integer DEFAULT NULL
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_due bigint := CASE WHEN p_waits THEN p_due_at WHEN p_delay > 0 THEN p_now + p_delay WHEN p_due_at > p_now THEN p_due_at END;
    v_state smallint := CASE WHEN p_waits THEN 4 WHEN v_due IS NOT NULL THEN 0 ELSE 1 END;
    v_pos bigint := CASE v_state WHEN 1 THEN nextval('roost.place') ELSE 0 END;
BEGIN
    INSERT INTO roost.job (
        id, lane, prio, rank, pos, state, due, delay, expires, max_crashes, retention, graph, codec, key_id, client, enqueued_at,
        ready_at, options, headers, payload, unique_key, unique_period, unique_states)
    VALUES (
        p_id, p_lane, p_prio, p_rank, v_pos, v_state, v_due, CASE WHEN p_waits THEN p_delay END,
        coalesce(p_expires_at, p_now + p_expires_after), p_max_crashes, p_retention, p_graph, p_codec, p_key_id, p_client, p_now,
        CASE v_state WHEN 1 THEN p_now END, p_options, p_headers, p_payload, p_unique_key, p_unique_period, p_unique_states)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        PERFORM roost.done_before();
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM roost.done WHERE id = p_id) THEN
        DELETE FROM roost.job WHERE id = p_id;
        RETURN false;
    END IF;
    UPDATE roost.minute SET enqueued = enqueued + 1
    WHERE minute = p_now / 60000000 AND lane = p_lane AND backend = pg_backend_pid();
    IF NOT FOUND THEN
        PERFORM roost.count(p_now, p_lane, 'enqueued');
    END IF;
    IF v_state = 1 THEN
        PERFORM roost.note_ready(concat_ws(':', p_lane, p_prio, p_rank, v_pos));
    ELSIF v_state = 0 THEN
        PERFORM roost.note_topic('d');
    END IF;
    RETURN true;
END $$;

-- Stores one job without edges and key. What a single job costs counts, so nothing is called that need not be: measured, the same by way of
-- insert_row() takes 30 µs longer, a tenth of all.
CREATE FUNCTION roost.enqueue_one(
    p_now bigint, p_sender text, p_client text, p_id uuid, p_queue text, p_kind text, p_prio integer, p_rank bigint, p_delay bigint,
    p_due bigint, p_expires_after bigint, p_expires bigint, p_max_crashes integer, p_retention bigint, p_graph uuid, p_codec smallint,
    p_key_id integer, p_options bytea, p_headers text, p_payload bytea
) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_due bigint := CASE WHEN p_delay > 0 THEN v_now + p_delay WHEN p_due > v_now THEN p_due END;
    v_lane bigint;
    v_pos bigint;
    v_news text;
BEGIN
    INSERT INTO roost.job (
        id, lane, prio, rank, pos, state, due, expires, max_crashes, retention, graph, codec, key_id, client, enqueued_at,
        ready_at, options, headers, payload)
    VALUES (
        p_id, coalesce((SELECT id FROM roost.lane WHERE queue = p_queue AND kind = p_kind LIMIT 1), roost.lane_of(p_queue, p_kind)),
        p_prio, p_rank, CASE WHEN v_due IS NULL THEN nextval('roost.place') ELSE 0 END, CASE WHEN v_due IS NULL THEN 1 ELSE 0 END,
        v_due, coalesce(p_expires, v_now + p_expires_after), p_max_crashes, p_retention, p_graph, p_codec, p_key_id,
        coalesce((SELECT id FROM roost.client WHERE name = p_client LIMIT 1), roost.client_of(v_now, p_client)), v_now,
        CASE WHEN v_due IS NULL THEN v_now END, p_options, p_headers, p_payload)
    ON CONFLICT (id) DO NOTHING RETURNING lane, pos INTO v_lane, v_pos;
    IF v_lane IS NULL THEN
        PERFORM roost.done_before();
        RETURN '';
    END IF;
    -- Looked at afterwards, since it may have succeeded in the meantime.
    IF EXISTS (SELECT FROM roost.done WHERE id = p_id) THEN
        DELETE FROM roost.job WHERE id = p_id;
        RETURN '';
    END IF;
    UPDATE roost.minute SET enqueued = enqueued + 1
    WHERE minute = v_now / 60000000 AND lane = v_lane AND backend = pg_backend_pid();
    IF NOT FOUND THEN
        PERFORM roost.count(v_now, v_lane, 'enqueued');
    END IF;
    v_news := CASE WHEN v_due IS NULL THEN concat_ws(':', 'r ' || v_lane, p_prio, p_rank, v_pos) ELSE 'd ' END;
    IF p_sender IS NOT NULL THEN
        PERFORM pg_notify('roost.wake', p_sender || ' ' || v_news);
    END IF;
    RETURN v_news;
END $$;

-- Stores jobs in their order, but for those that are there already. Answers the ids of the new ones.
CREATE FUNCTION roost.insert_rows(p_now bigint, p_jobs roost.new_job[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[];
    v_places text;
    v_newest uuid;
    v_known uuid[];
BEGIN
    WITH added AS (
        INSERT INTO roost.job (
            id, lane, prio, rank, pos, state, due, delay, expires, max_crashes, retention, graph, codec, key_id, client,
            enqueued_at, ready_at, options, headers, payload, unique_key, unique_period, unique_states)
        SELECT n.id, n.lane, n.prio, n.rank, CASE n.state WHEN 1 THEN nextval('roost.place') ELSE 0 END, n.state, n.due,
            CASE WHEN n.waits THEN n.delay END, coalesce(n.expires_at, p_now + n.expires_after), n.max_crashes, n.retention,
            n.graph, n.codec, n.key_id, n.client, p_now, CASE n.state WHEN 1 THEN p_now END, n.options, n.headers, n.payload,
            n.unique_key, n.unique_period, n.unique_states
        FROM (
            SELECT u.*, CASE WHEN u.waits THEN 4 WHEN u.delay > 0 OR u.due_at > p_now THEN 0 ELSE 1 END AS state,
                CASE WHEN u.waits THEN u.due_at ELSE roost.due(p_now, u.delay, u.due_at) END AS due
            FROM unnest(p_jobs) u) n
        ON CONFLICT (id) DO NOTHING
        RETURNING id, lane, prio, rank, pos, state
    ), lanes AS (
        SELECT lane, count(*) AS number, bool_or(state = 1) AS is_ready, min(prio) AS prio, min(rank) AS rank,
            min(pos) FILTER (WHERE state = 1) AS pos
        FROM added GROUP BY lane
    ), counted AS (
        INSERT INTO roost.minute AS m (minute, lane, backend, enqueued)
        SELECT p_now / 60000000, lane, pg_backend_pid(), number FROM lanes
        ON CONFLICT (minute, lane, backend) DO UPDATE SET enqueued = m.enqueued + excluded.enqueued
    )
    SELECT (SELECT array_agg(id) FROM added),
        (SELECT string_agg(concat_ws(':', lane, prio, rank, pos), ',') FROM lanes WHERE is_ready)
    INTO v_ids, v_places;
    IF v_ids IS NULL THEN
        PERFORM roost.done_before();
        RETURN ARRAY[]::uuid[];
    END IF;
    -- One that has succeeded is not stored anew. Looked at afterwards, since it may have succeeded in the meantime; ids rise with
    -- time, so that new ones need no look.
    SELECT id INTO v_newest FROM roost.done ORDER BY id DESC LIMIT 1;
    IF v_newest >= ANY (v_ids) THEN
        WITH known AS (
            DELETE FROM roost.job j USING roost.done d WHERE j.id = ANY (v_ids) AND d.id = j.id RETURNING j.id
        )
        SELECT array_agg(id) INTO v_known FROM known;
        IF v_known IS NOT NULL THEN
            v_ids := ARRAY(SELECT i FROM unnest(v_ids) i WHERE i <> ALL (v_known));
        END IF;
    END IF;
    -- Those that wait wake nobody; one that is scheduled may be due earlier than known.
    IF v_places IS NOT NULL THEN
        PERFORM roost.note_ready(v_places);
    ELSIF EXISTS (SELECT FROM unnest(p_jobs) n WHERE NOT n.waits) THEN
        PERFORM roost.note_topic('d');
    END IF;
    RETURN v_ids;
END $$;

-- Stores jobs without edges and keys. p_lanes: of each job the place of its queue and kind in p_queues and p_kinds, from 1. The other
-- arrays are as long as that or null: null for each.
CREATE FUNCTION roost.enqueue_plain(
    p_now bigint, p_sender text, p_client text, p_queues text[], p_kinds text[], p_ids uuid[], p_lanes integer[], p_prio integer[], p_rank bigint[],
    p_delay bigint[], p_due bigint[], p_expires_after bigint[], p_expires bigint[], p_max_crashes integer[], p_retention bigint[],
    p_graph uuid[], p_codec smallint[], p_key_id integer[], p_options bytea[], p_headers text[], p_payload bytea[]
) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    v_now bigint := roost.clock(p_now);
    v_client bigint := roost.client_of(v_now, p_client);
    v_lanes bigint[] := ARRAY(
        SELECT roost.lane_of(l.queue, l.kind) FROM unnest(p_queues, p_kinds) WITH ORDINALITY l (queue, kind, ord) ORDER BY l.ord);
BEGIN
    PERFORM set_config('roost_store.topics', '', true), set_config('roost_store.ready', '', true);
    PERFORM roost.insert_rows(
        v_now,
        ARRAY(
            SELECT ROW(id, v_lanes[lane], prio, coalesce(rank, 0), delay, due_at, expires_after, expires_at, max_crashes, retention, graph,
                coalesce(codec, 0::smallint), coalesce(key_id, 0), v_client, options, headers, payload, false, NULL, NULL, NULL
            )::roost.new_job
            FROM unnest(
                p_ids, p_lanes, p_prio, p_rank, p_delay, p_due, p_expires_after, p_expires, p_max_crashes, p_retention, p_graph,
                p_codec, p_key_id, p_options, p_headers, p_payload
            ) n (id, lane, prio, rank, delay, due_at, expires_after, expires_at, max_crashes, retention, graph, codec, key_id,
                options, headers, payload)));
    RETURN roost.tell(p_sender);
END $$;

-- Refuses a batch, naming the job at fault by its number from 0; -1: none in particular.
CREATE FUNCTION roost.reject(p_item integer, p_message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = p_message, DETAIL = p_item::text;
END $$;

-- Whether the holder of a key still stands in the way of another job.
CREATE FUNCTION roost.holds(p_now bigint, p_key roost.unique_key, OUT is_held boolean, OUT state smallint) LANGUAGE plpgsql AS $$
BEGIN
    state := coalesce(p_key.ended, roost.state_of(p_key.job));
    is_held := state IS NOT NULL AND p_key.states & (1 << state::integer) <> 0
        AND (p_key.period IS NULL OR p_now < p_key.enqueued_at + p_key.period);
END $$;

-- Takes a unique key for a job, or answers who holds it and how that one ended, if it did.
CREATE FUNCTION roost.take_key(
    p_now bigint, p_key bytea, p_job uuid, p_enqueued bigint, p_period bigint, p_states integer, OUT holder uuid, OUT ended smallint
) LANGUAGE plpgsql AS $$
DECLARE
    v_key roost.unique_key;
    v_is_held boolean;
BEGIN
    LOOP
        INSERT INTO roost.unique_key (key, job, enqueued_at, period, states)
        VALUES (p_key, p_job, p_enqueued, p_period, p_states) ON CONFLICT (key) DO NOTHING;
        IF FOUND THEN
            RETURN;
        END IF;
        SELECT * INTO v_key FROM roost.unique_key WHERE key = p_key FOR UPDATE;
        -- It was freed in between.
        CONTINUE WHEN NOT FOUND;
        IF v_key.job <> p_job THEN
            v_is_held := (roost.holds(p_now, v_key)).is_held;
            IF v_is_held THEN
                holder := v_key.job;
                ended := v_key.ended;
                RETURN;
            END IF;
        END IF;
        UPDATE roost.unique_key SET job = p_job, enqueued_at = p_enqueued, period = p_period, states = p_states, ended = NULL
        WHERE key = p_key;
        RETURN;
    END LOOP;
END $$;

-- Stores a batch with edges and keys: {"jobs": […], "edges": […]}, which has no circle in itself (StoreRules.validate). An edge has
-- the numbers of its child and, where that is of the batch, its parent. `holders`: for each job the one that holds its key, or null.
CREATE FUNCTION roost.insert_batch(
    p_now bigint, p_batch jsonb, OUT holders uuid[], OUT changes roost.change[], OUT has_more boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_jobs roost.new_job[];
    v_job roost.new_job;
    v_edges jsonb := coalesce(p_batch -> 'edges', '[]');
    v_ended smallint[];
    v_taken record;
BEGIN
    changes := '{}';
    has_more := false;
    IF p_batch ? 'refused' THEN
        PERFORM roost.reject(-1, p_batch ->> 'refused');
    END IF;
    IF jsonb_array_length(v_edges) > 0 THEN
        -- Before any key is taken, and in one order: who ends a job locks its row, then its key.
        PERFORM FROM roost.job
        WHERE id = ANY (ARRAY(SELECT e.parent FROM jsonb_to_recordset(v_edges) e (parent uuid, parent_number integer)
            WHERE e.parent_number IS NULL))
        ORDER BY id FOR UPDATE;
    END IF;
    v_jobs := ARRAY(
        SELECT ROW(j.id, roost.lane_of(j.queue, j.kind), ~coalesce(j.priority, 0), coalesce(j.rank, 0), j.delay,
            j.due_at, j.expires_after, j.expires_at, coalesce(j.max_crashes, 3), j.retention, j.graph, coalesce(j.codec, 0),
            coalesce(j.key_id, 0), roost.client_of(p_now, coalesce(j.client, '')), decode(j.options, 'base64'), j.headers,
            decode(j.payload, 'base64'), coalesce(j.waits, false), decode(j.unique_key, 'base64'), j.unique_period,
            j.unique_states)::roost.new_job
        FROM jsonb_array_elements(p_batch -> 'jobs') WITH ORDINALITY e (value, ord),
            jsonb_to_record(e.value) j (
                id uuid, queue text, kind text, priority integer, rank bigint, delay bigint, due_at bigint,
                expires_after bigint, expires_at bigint, max_crashes integer, retention bigint, graph uuid, codec smallint,
                key_id integer, client text, options text, headers text, payload text, waits boolean, unique_key text,
                unique_period bigint, unique_states integer)
        ORDER BY e.ord);
    holders := array_fill(NULL::uuid, ARRAY[cardinality(v_jobs)]);
    v_ended := array_fill(NULL::smallint, ARRAY[cardinality(v_jobs)]);
    IF NOT EXISTS (SELECT FROM unnest(v_jobs) n WHERE n.unique_key IS NOT NULL) THEN
        PERFORM roost.insert_rows(p_now, v_jobs);
    ELSE
        FOR i IN 1 .. cardinality(v_jobs) LOOP
            v_job := v_jobs[i];
            -- One that is there already was sent again, whoever took its key since.
            IF v_job.unique_key IS NOT NULL AND roost.state_of(v_job.id) IS NULL THEN
                SELECT * INTO v_taken FROM roost.take_key(
                    p_now, v_job.unique_key, v_job.id, p_now, v_job.unique_period, v_job.unique_states);
                IF v_taken.holder IS NOT NULL THEN
                    holders[i] := v_taken.holder;
                    v_ended[i] := v_taken.ended;
                    CONTINUE;
                END IF;
            END IF;
            PERFORM roost.insert_row(
                p_now, v_job.client, v_job.id, v_job.lane, v_job.prio, v_job.rank, v_job.delay, v_job.due_at, v_job.expires_after,
                v_job.expires_at, v_job.max_crashes, v_job.retention, v_job.graph, v_job.codec, v_job.key_id, v_job.options,
                v_job.headers, v_job.payload, v_job.waits, v_job.unique_key, v_job.unique_period, v_job.unique_states);
        END LOOP;
    END IF;
    IF jsonb_array_length(v_edges) > 0 THEN
        SELECT * INTO changes, has_more FROM roost.connect(p_now, v_edges, holders, v_ended);
    END IF;
END $$;

-- Stores the edges of jobs that were just stored: those that wait and are not marked as having edges. `state + 0` keeps the planner from
-- looking through all that wait: each is looked up by its id.
CREATE FUNCTION roost.connect(
    p_now bigint, p_edges jsonb, p_holders uuid[], p_ended smallint[], OUT changes roost.change[], OUT has_more boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_numbers integer[];
    v_children uuid[];
    v_positions integer[];
    v_conditions smallint[];
    v_carries boolean[];
    v_parents uuid[];
    v_states smallint[];
    v_waiting uuid[];
    v_wrong record;
    v_row roost.job;
    v_due bigint;
    v_start uuid[] := ARRAY[]::uuid[];
    v_skipped roost.ended[] := ARRAY[]::roost.ended[];
    v_broken record;
    v_rest record;
BEGIN
    changes := '{}';
    has_more := false;
    -- From whom each edge means: the holder of a key in place of a job that was not stored.
    SELECT array_agg(e.child_number), array_agg(e.child), array_agg(e.position), array_agg(e.condition), array_agg(e.carries),
        array_agg(e.parent),
        array_agg(CASE WHEN j.id IS NOT NULL THEN CASE WHEN j.state = 1 AND j.token <> 0 THEN 3 ELSE j.state END
            WHEN d.id IS NOT NULL THEN 5 ELSE e.ended END::smallint)
    INTO v_numbers, v_children, v_positions, v_conditions, v_carries, v_parents, v_states
    FROM (
        SELECT e.child_number, e.child, e.position, e.condition, e.carries, coalesce(p_holders[e.parent_number + 1], e.parent) AS parent,
            p_ended[e.parent_number + 1] AS ended
        FROM jsonb_to_recordset(p_edges) e (
            child uuid, child_number integer, parent uuid, parent_number integer, position integer, condition smallint, carries boolean)
        ORDER BY e.child_number, e.position) e
    LEFT JOIN roost.job j ON j.id = e.parent
    LEFT JOIN roost.done d ON d.id = e.parent;
    -- Refused also where the child is not stored: whether a batch is right must not hang on who holds a key.
    SELECT u.number, u.parent INTO v_wrong FROM unnest(v_numbers, v_parents, v_states, v_children) u (number, parent, state, child)
    WHERE u.state IS NULL
        AND (p_holders[u.number + 1] IS NOT NULL OR EXISTS (SELECT FROM roost.job j WHERE j.id = u.child AND j.state + 0 = 4 AND j.flags & 4 = 0))
    ORDER BY u.number LIMIT 1;
    IF FOUND THEN
        PERFORM roost.reject(v_wrong.number, format('job %s waits for %s, which is not known, or no longer', v_wrong.number, v_wrong.parent));
    END IF;
    v_waiting := ARRAY(
        SELECT u.child FROM unnest(v_children, v_numbers) u (child, number) JOIN roost.job j ON j.id = u.child
        WHERE j.state + 0 = 4 AND j.flags & 4 = 0 AND p_holders[u.number + 1] IS NULL GROUP BY u.child ORDER BY min(u.number));
    IF cardinality(v_waiting) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO roost.edge (child, position, condition, carries, resolved, parent)
    SELECT u.child, u.position, u.condition, u.carries, u.state >= 5, u.parent
    FROM unnest(v_children, v_positions, v_conditions, v_carries, v_parents, v_states, v_numbers)
        u (child, position, condition, carries, parent, state, number)
    JOIN roost.job j ON j.id = u.child AND j.state + 0 = 4 AND j.flags & 4 = 0
    WHERE p_holders[u.number + 1] IS NULL AND (u.state < 5 OR u.carries);
    UPDATE roost.job j SET flags = j.flags | 1
    FROM (SELECT DISTINCT parent FROM roost.edge WHERE child = ANY (v_waiting) AND NOT resolved) p WHERE j.id = p.parent;
    UPDATE roost.job j SET open = c.open, flags = j.flags | 4 | CASE WHEN c.carries THEN 2 ELSE 0 END
    FROM (
        SELECT n.id, count(e.child) FILTER (WHERE NOT e.resolved) AS open, coalesce(bool_or(e.carries), false) AS carries
        FROM unnest(v_waiting) n (id) LEFT JOIN roost.edge e ON e.child = n.id GROUP BY n.id) c
    WHERE j.id = c.id;
    IF EXISTS (SELECT FROM unnest(p_holders) h WHERE h IS NOT NULL) THEN
        PERFORM roost.check_circles(v_children, v_numbers, p_holders);
    END IF;
    FOR v_broken IN
        SELECT DISTINCT ON (u.number) u.child, u.parent, u.state
        FROM unnest(v_children, v_positions, v_conditions, v_parents, v_states, v_numbers)
            u (child, position, condition, parent, state, number)
        WHERE u.state >= 5 AND NOT roost.is_met(u.condition, u.state) AND u.child = ANY (v_waiting)
        ORDER BY u.number, u.position
    LOOP
        SELECT * INTO v_row FROM roost.job WHERE id = v_broken.child AND state = 4;
        PERFORM roost.skip(p_now, v_row, ROW(v_broken.parent, v_broken.state)::roost.ended);
        changes := changes || ROW(v_row.id, v_row.lane, 4, 9, 'parentEnded', v_row.attempt)::roost.change;
        IF v_row.flags & 1 <> 0 THEN
            v_skipped := v_skipped || ROW(v_row.id, 9)::roost.ended;
        END IF;
    END LOOP;
    FOR v_row IN
        SELECT j.* FROM unnest(v_waiting) WITH ORDINALITY n (id, ord) JOIN roost.job j ON j.id = n.id
        WHERE j.state + 0 = 4 AND j.open = 0 ORDER BY n.ord
    LOOP
        v_due := roost.due(p_now, v_row.delay, v_row.due);
        IF v_due IS NULL THEN
            v_start := v_start || v_row.id;
        ELSE
            PERFORM roost.start_or_schedule(p_now, v_row.id, v_due);
        END IF;
    END LOOP;
    IF cardinality(v_start) > 0 THEN
        PERFORM roost.start(p_now, v_start);
    END IF;
    IF cardinality(v_skipped) > 0 THEN
        SELECT * INTO v_rest FROM roost.resolve(p_now, v_skipped);
        changes := changes || v_rest.changes;
        has_more := v_rest.has_more;
    END IF;
END $$;

-- Where a holder took a job's place, edges may form a circle that they did not before; each such circle goes through a holder.
CREATE FUNCTION roost.check_circles(p_children uuid[], p_numbers integer[], p_holders uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_item integer;
BEGIN
    WITH RECURSIVE behind (start, job) AS (
        SELECT DISTINCT h, e.child FROM unnest(p_holders) h JOIN roost.edge e ON e.parent = h AND NOT e.resolved
        UNION
        SELECT b.start, e.child FROM behind b JOIN roost.edge e ON e.parent = b.job AND NOT e.resolved
    )
    SELECT u.number INTO v_item FROM behind b JOIN unnest(p_children, p_numbers) u (child, number) ON u.child = b.job
    WHERE b.start = b.job LIMIT 1;
    IF v_item IS NOT NULL THEN
        PERFORM roost.reject(v_item, format('job %s waits for itself by way of other jobs', v_item));
    END IF;
END $$;

-- Stores a batch, all or nothing.
CREATE FUNCTION roost.enqueue_batch(
    p_now bigint, p_sender text, p_batch jsonb, OUT holders uuid[], OUT changes roost.change[], OUT has_more boolean, OUT news text
) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('roost_store.topics', '', true), set_config('roost_store.ready', '', true);
    SELECT b.holders, b.changes, b.has_more INTO holders, changes, has_more FROM roost.insert_batch(roost.clock(p_now), p_batch) b;
    news := roost.tell(p_sender);
END $$;
