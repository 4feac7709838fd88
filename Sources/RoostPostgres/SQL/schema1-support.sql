-- What the other functions use.
--
-- One in the language SQL is only written where it becomes part of the statement that calls it: else it would be planned anew at each
-- call, which takes a tenth of a millisecond.

-- The store's time: that of a test, else the server's.
CREATE FUNCTION roost.clock(p_now bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(p_now, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- When a job begins that is to start at `p_at`, or so long after `p_now`; null: at once.
CREATE FUNCTION roost.due(p_now bigint, p_delay bigint, p_at bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_delay > 0 THEN p_now + p_delay WHEN p_at > p_now THEN p_at END
$$;

-- The state of any job that is known; null: it is not.
CREATE FUNCTION roost.state_of(p_job uuid) RETURNS smallint LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_state smallint;
BEGIN
    SELECT CASE WHEN state = 1 AND token <> 0 THEN 3 ELSE state END INTO v_state FROM roost.job WHERE id = p_job;
    IF v_state IS NULL AND EXISTS (SELECT FROM roost.done WHERE id = p_job) THEN
        v_state := 5;
    END IF;
    RETURN v_state;
END $$;

-- What this call was to do an earlier one has done, whose answer was lost, or who did not wait for the standbys that commits are to wait
-- for. It is acknowledged once this transaction's commit is, which waits for them only where it writes something.
CREATE FUNCTION roost.done_before() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'roost', '');
END $$;

CREATE FUNCTION roost.state_name(p_state smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['scheduled', 'ready', 'held', 'running', 'waiting', 'succeeded', 'failed', 'cancelled', 'expired', 'skipped'])[p_state + 1]
$$;

-- Whether an edge of that condition is met by a parent that ended so.
CREATE FUNCTION roost.is_met(p_condition smallint, p_state smallint) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_condition WHEN 0 THEN p_state = 5 WHEN 1 THEN p_state IN (6, 8) ELSE p_state >= 5 END
$$;

-- The number of a lane, which is made where it is new.
CREATE FUNCTION roost.lane_of(p_queue text, p_kind text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_lane bigint;
    v_new bigint;
    v_is_same boolean;
    v_try bigint := 0;
BEGIN
    SELECT id INTO v_lane FROM roost.lane WHERE queue = p_queue AND kind = p_kind LIMIT 1;
    WHILE v_lane IS NULL LOOP
        v_new := hashtextextended(p_kind, hashtextextended(p_queue, v_try)) & 9223372036854775807;
        -- Others may have made it since, or another lane may have that number.
        SELECT queue = p_queue AND kind = p_kind INTO v_is_same FROM roost.lane WHERE id = v_new LIMIT 1;
        IF NOT FOUND THEN
            INSERT INTO roost.lane (id, queue, kind) VALUES (v_new, p_queue, p_kind);
            v_lane := v_new;
        ELSIF v_is_same THEN
            v_lane := v_new;
        END IF;
        v_try := v_try + 1;
    END LOOP;
    RETURN v_lane;
END $$;

CREATE FUNCTION roost.client_of(p_now bigint, p_name text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_client bigint;
BEGIN
    SELECT id INTO v_client FROM roost.client WHERE name = p_name LIMIT 1;
    IF v_client IS NULL THEN
        INSERT INTO roost.client (name, at) VALUES (p_name, p_now) RETURNING id INTO v_client;
    END IF;
    RETURN v_client;
END $$;

CREATE FUNCTION roost.is_paused(p_lane bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM roost.lane l JOIN roost.pause p ON p.queue IN ('', l.queue) AND p.kind IN ('', l.kind) WHERE l.id = p_lane);
END $$;

-- What to wake whom for is kept for the length of the transaction. `roost_store.ready`: 'lane:prio:rank:pos,…', a place in each lane
-- before which no job became ready; '*' for too many. `roost_store.topics`: r for ready, d for what is due or
-- left over, s for settled, c for cancel.
CREATE FUNCTION roost.note_topic(p_topic text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_topics text := coalesce(current_setting('roost_store.topics', true), '');
BEGIN
    IF position(p_topic IN v_topics) = 0 THEN
        PERFORM set_config('roost_store.topics', v_topics || p_topic, true);
    END IF;
END $$;

-- Jobs became ready at these places; null: nowhere in particular.
CREATE FUNCTION roost.note_ready(p_places text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_topics text := coalesce(current_setting('roost_store.topics', true), '');
    v_places text := coalesce(current_setting('roost_store.ready', true), '');
BEGIN
    IF position('r' IN v_topics) = 0 THEN
        PERFORM set_config('roost_store.topics', v_topics || 'r', true);
    END IF;
    IF p_places IS NULL OR v_places = '*' THEN
        RETURN;
    END IF;
    PERFORM set_config(
        'roost_store.ready',
        -- A notification holds no more than 8,000 bytes.
        CASE WHEN length(v_places) + length(p_places) > 1000 THEN '*'
            WHEN v_places = '' THEN p_places
            ELSE v_places || ',' || p_places END,
        true);
END $$;

-- Answers what there is to tell, 'topics places', and tells other processes, unless p_sender is null: that names the process that
-- calls, which need not hear of it again.
CREATE FUNCTION roost.tell(p_sender text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_topics text := coalesce(current_setting('roost_store.topics', true), '');
    v_news text;
BEGIN
    IF v_topics = '' THEN
        RETURN '';
    END IF;
    v_news := v_topics || ' ' || coalesce(current_setting('roost_store.ready', true), '');
    IF p_sender IS NOT NULL THEN
        PERFORM pg_notify('roost.wake', p_sender || ' ' || v_news);
    END IF;
    RETURN v_news;
END $$;

-- Counts what happened in one lane.
CREATE FUNCTION roost.count(p_now bigint, p_lane bigint, p_event text, p_number bigint DEFAULT 1) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_minute bigint := p_now / 60000000;
BEGIN
    LOOP
        -- Nobody else writes this connection's rows.
        UPDATE roost.minute SET
            enqueued = enqueued + CASE p_event WHEN 'enqueued' THEN p_number ELSE 0 END,
            succeeded = succeeded + CASE p_event WHEN 'succeeded' THEN p_number ELSE 0 END,
            failed = failed + CASE p_event WHEN 'failed' THEN p_number ELSE 0 END,
            retried = retried + CASE p_event WHEN 'retried' THEN p_number ELSE 0 END,
            crashed = crashed + CASE p_event WHEN 'crashed' THEN p_number ELSE 0 END,
            cancelled = cancelled + CASE p_event WHEN 'cancelled' THEN p_number ELSE 0 END,
            expired = expired + CASE p_event WHEN 'expired' THEN p_number ELSE 0 END,
            skipped = skipped + CASE p_event WHEN 'skipped' THEN p_number ELSE 0 END
        WHERE minute = v_minute AND lane = p_lane AND backend = pg_backend_pid();
        EXIT WHEN FOUND;
        INSERT INTO roost.minute (minute, lane, backend) VALUES (v_minute, p_lane, pg_backend_pid()) ON CONFLICT DO NOTHING;
    END LOOP;
END $$;

-- Puts jobs that stand in no lane at the ends of theirs, in the order given.
CREATE FUNCTION roost.start(p_now bigint, p_jobs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_places text;
BEGIN
    WITH placed AS MATERIALIZED (
        SELECT o.id, nextval('roost.place') AS pos FROM (
            SELECT p.id FROM unnest(p_jobs) WITH ORDINALITY p (id, ord) ORDER BY p.ord) o
    ), started AS (
        UPDATE roost.job j SET state = 1, pos = p.pos, due = NULL, open = 0, ready_at = p_now, token = 0
        FROM placed p WHERE j.id = p.id RETURNING j.lane, j.prio, j.rank, j.pos
    ), lanes AS (
        SELECT lane, min(prio) AS prio, min(rank) AS rank, min(pos) AS pos FROM started GROUP BY lane
    )
    SELECT string_agg(concat_ws(':', lane, prio, rank, pos), ',') INTO v_places FROM lanes;
    PERFORM roost.note_ready(v_places);
END $$;

-- Puts a job where its start says: at the end of its lane, or among the scheduled ones.
CREATE FUNCTION roost.start_or_schedule(p_now bigint, p_job uuid, p_due bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_due IS NULL THEN
        PERFORM roost.start(p_now, ARRAY[p_job]);
    ELSE
        UPDATE roost.job SET state = 0, due = p_due, open = 0, ready_at = NULL, token = 0 WHERE id = p_job;
        PERFORM roost.note_topic('d');
    END IF;
END $$;

-- Makes scheduled jobs ready whose time has come, a step's worth of them.
CREATE FUNCTION roost.promote(p_now bigint) RETURNS roost.change[] LANGUAGE plpgsql AS $$
DECLARE
    v_jobs uuid[];
    v_changes roost.change[];
BEGIN
    SELECT array_agg(d.id ORDER BY d.due, d.id), array_agg(ROW(d.id, d.lane, 0, 1, NULL, d.attempt)::roost.change ORDER BY d.due, d.id)
    INTO v_jobs, v_changes
    FROM (
        SELECT id, lane, due, attempt FROM roost.job WHERE state = 0 AND due <= p_now ORDER BY due, id LIMIT 1000
        FOR UPDATE SKIP LOCKED) d;
    IF v_jobs IS NOT NULL THEN
        PERFORM roost.start(p_now, v_jobs);
    END IF;
    RETURN coalesce(v_changes, '{}');
END $$;
