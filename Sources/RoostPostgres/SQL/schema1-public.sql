-- What people and programs in other languages use.

-- A UUIDv7: ids rise with time, so that new rows stand together.
CREATE FUNCTION roost.new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(
        set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
        'hex')::uuid
$$;

-- A time as options have it: a number of seconds, or an interval: 90, 1.5, "90 seconds", "2 hours". Refuses what is below zero.
CREATE FUNCTION roost.microseconds(p_options jsonb, p_name text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    v_value text := p_options ->> p_name;
    v_seconds numeric;
BEGIN
    IF v_value IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        v_seconds := CASE jsonb_typeof(p_options -> p_name) WHEN 'number' THEN v_value::numeric
            ELSE extract(epoch FROM v_value::interval) END;
    EXCEPTION WHEN OTHERS THEN
        v_seconds := NULL;
    END;
    IF v_seconds IS NULL OR v_seconds < 0 OR v_seconds > 3153600000 THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001',
            MESSAGE = format('the option %s cannot be %s', p_name, p_options -> p_name),
            HINT = 'It is a number of seconds or an interval, from zero to 100 years: 90, "2 hours".';
    END IF;
    RETURN (v_seconds * 1000000)::bigint;
END $$;

-- Refuses a value of an option that is none of its type.
CREATE FUNCTION roost.check_option(p_options jsonb, p_name text, p_type regtype, p_hint text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_options ? p_name THEN
        EXECUTE format('SELECT $1::%s', p_type) USING p_options ->> p_name;
    END IF;
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = format('the option %s cannot be %s', p_name, p_options -> p_name), HINT = p_hint;
END $$;

-- Enqueues one job within the caller's transaction: it is there if that commits, and never was if it does not.
--
--   SELECT roost.enqueue('Mailer.send', '{"to": "ada@example.org"}');
--   SELECT roost.enqueue('report', '{"year": 2026}', '{"queue": "slow", "delay": "10 minutes", "unique": "2026"}');
--
-- Answers the id of the job, or of the one that holds its unique key. `args` is an object with the job's arguments by their labels.
-- Options: queue, priority, delay, at (a timestamp), expires, retention (times: seconds or an interval), unique, unique_for,
-- max_crashes, headers (an object of texts), id. Retries and timeout are those of the job's type.
CREATE FUNCTION roost.enqueue(kind text, args jsonb DEFAULT '{}', options jsonb DEFAULT '{}') RETURNS uuid LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    v_id uuid;
    v_queue text := coalesce(options ->> 'queue', 'default');
    v_unknown text;
    v_period bigint;
    v_batch record;
BEGIN
    IF coalesce(kind, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'a job needs a kind',
            HINT = 'It is the name of its function or type, such as Mailer.send; the line "worker started" of a worker''s log lists all.';
    END IF;
    IF jsonb_typeof(coalesce(args, 'null')) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = format('the arguments of %s are no object', kind),
            HINT = 'Give them by their labels: {"year": 2026}.';
    END IF;
    IF jsonb_typeof(coalesce(options, 'null')) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'the options are no object', HINT = 'Write {"queue": "slow"}.';
    END IF;
    SELECT key INTO v_unknown FROM jsonb_object_keys(options) key
    WHERE key NOT IN ('queue', 'priority', 'delay', 'at', 'expires', 'retention', 'unique', 'unique_for', 'max_crashes', 'headers', 'id')
    LIMIT 1;
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = format('there is no option %s', v_unknown),
            HINT = 'There are queue, priority, delay, at, expires, retention, unique, unique_for, max_crashes, headers and id; retries and'
                ' timeout are those of the job''s type.';
    END IF;
    PERFORM roost.check_option(options, 'id', 'uuid', 'It is a UUID, best a UUIDv7.'),
        roost.check_option(options, 'priority', 'integer', 'It is a whole number; higher ones go first.'),
        roost.check_option(options, 'at', 'timestamptz', 'It is a time with its zone: "2026-12-24 18:00+01".'),
        roost.check_option(options, 'max_crashes', 'integer', 'It is a whole number from 1.');
    v_id := coalesce((options ->> 'id')::uuid, roost.new_id());
    v_period := roost.microseconds(options, 'unique_for');
    IF options ? 'headers' AND (jsonb_typeof(options -> 'headers') <> 'object'
        OR EXISTS (SELECT FROM jsonb_each(options -> 'headers') h WHERE jsonb_typeof(h.value) <> 'string'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'the option headers is no object of texts', HINT = 'Write {"tenant": "acme"}.';
    END IF;
    IF v_queue = '' OR octet_length(v_queue) > 128 OR v_queue ~ '[\x01-\x1f\x7f-\x9f]' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = format('a queue cannot be named %L', left(v_queue, 40)),
            HINT = 'A name has 1 to 128 bytes and no control characters.';
    END IF;
    IF options ? 'delay' AND options ? 'at' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'a job has a delay or a time, not both', HINT = 'Leave out delay or at.';
    END IF;
    IF v_period IS NOT NULL AND NOT options ? 'unique' THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'unique_for says how long a key is held, and there is none',
            HINT = 'Give the key as unique.';
    END IF;
    IF options ? 'unique' AND (coalesce(options ->> 'unique', '') = '' OR octet_length(options ->> 'unique') > 1024) THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'a unique key has 1 to 1,024 bytes', HINT = 'Leave unique out for none.';
    END IF;
    IF coalesce((options ->> 'max_crashes')::integer, 1) < 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'RO001', MESSAGE = 'max_crashes is less than 1', HINT = 'A job is set aside after 1 crash or more.';
    END IF;
    SELECT * INTO v_batch FROM roost.enqueue_batch(NULL, '-', jsonb_build_object('jobs', jsonb_build_array(jsonb_strip_nulls(
        jsonb_build_object(
            'id', v_id, 'queue', v_queue, 'kind', kind, 'priority', (options ->> 'priority')::integer,
            'delay', roost.microseconds(options, 'delay'), 'due_at', (extract(epoch FROM (options ->> 'at')::timestamptz) * 1000000)::bigint,
            'expires_after', roost.microseconds(options, 'expires'),
            'retention', coalesce(roost.microseconds(options, 'retention'), 86400000000),
            'max_crashes', coalesce((options ->> 'max_crashes')::integer, 3),
            'client', coalesce(nullif(current_setting('application_name'), ''), session_user) || '@postgres',
            'headers', options ->> 'headers', 'payload', translate(encode(convert_to(args::text, 'UTF8'), 'base64'), E'\n', ''),
            -- As the core writes the keys that a job names.
            'unique_key', encode(convert_to(kind || E'\x01' || (options ->> 'unique'), 'UTF8'), 'base64'),
            'unique_period', v_period,
            -- Scheduled, ready, held, running, waiting; with a period success too.
            'unique_states', CASE WHEN options ? 'unique' THEN CASE WHEN v_period IS NULL THEN 31 ELSE 63 END END)))));
    RETURN coalesce(v_batch.holders[1], v_id);
END $$;

-- Stores a batch that a client of Roost has put in words, within the caller's transaction. Answers for each job the id under which it is
-- found: its own, or that of the job that holds its unique key.
CREATE FUNCTION roost.enqueue_text(batch text) RETURNS SETOF uuid LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(h.holder, (j.job ->> 'id')::uuid)
    FROM (SELECT batch::jsonb AS value) b
    CROSS JOIN LATERAL roost.enqueue_batch(NULL, '-', b.value) e
    CROSS JOIN LATERAL unnest(e.holders) WITH ORDINALITY h (holder, ord)
    JOIN LATERAL jsonb_array_elements(b.value -> 'jobs') WITH ORDINALITY j (job, ord) ON j.ord = h.ord
    ORDER BY h.ord
$$;

-- Ends a running job as succeeded within the caller's transaction, so that its effect on this database happens exactly once: the last
-- statement before the commit. Raises an error where the job is not, or no longer, this claim's.
CREATE FUNCTION roost.complete(job uuid, token bigint, started bigint, output bytea, added text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_settled record;
BEGIN
    SELECT * INTO v_settled FROM roost.settle(
        NULL, '-', NULL, ARRAY[job], ARRAY[token], CASE WHEN added IS NOT NULL THEN ARRAY[0::smallint] END, ARRAY[started],
        ARRAY[output], NULL, NULL, NULL, CASE WHEN added IS NOT NULL THEN ARRAY[added] END);
    IF v_settled.answers IS NOT NULL OR EXISTS (SELECT FROM roost.job j WHERE j.id = complete.job) THEN
        RAISE EXCEPTION USING ERRCODE = 'RO002',
            MESSAGE = format('job %s is not held by claim %s any more: it ended, or its lease did', job, token),
            HINT = 'Let the transaction fail: another run of the job has taken over.';
    END IF;
END $$;

-- Whether a job was ended by that claim, once all transactions that were to do so are over.
CREATE FUNCTION roost.was_completed(job uuid, token bigint) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM roost.job j WHERE j.id = was_completed.job FOR UPDATE;
    RETURN roost.was_settled(job, token);
END $$;

-- Bytes as a person reads them: as text where they are, else with escapes, so that one row does not keep the others from who looks.
CREATE FUNCTION roost.readable(p_bytes bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN convert_from(p_bytes, 'UTF8');
EXCEPTION WHEN OTHERS THEN
    RETURN encode(p_bytes, 'escape');
END $$;

-- The jobs as a person reads them.
CREATE VIEW roost.jobs AS
SELECT j.id, l.kind, l.queue, roost.state_name(CASE WHEN j.state = 1 AND j.token <> 0 THEN 3::smallint ELSE j.state END) AS state,
    ~j.prio AS priority, j.attempt, j.crashes, to_timestamp(j.enqueued_at / 1e6) AS enqueued_at,
    to_timestamp(CASE WHEN j.state = 0 THEN j.due END / 1e6) AS due_at, to_timestamp(j.ready_at / 1e6) AS ready_at,
    to_timestamp(j.finished_at / 1e6) AS finished_at, w.id AS worker, j.open AS waits_for,
    CASE WHEN j.state >= 5 THEN substring(j.failure FROM '"reason" ?: ?"(\w+)"') END AS reason, CASE WHEN j.state >= 5 THEN j.failure END AS failure,
    CASE WHEN j.codec = 0 AND j.key_id = 0 THEN roost.readable(j.payload) END AS arguments, NULL::text AS output
FROM roost.job j JOIN roost.lanes l ON l.id = j.lane LEFT JOIN roost.lease e ON e.token = j.token AND j.state = 1
LEFT JOIN roost.worker w ON w.id = e.worker
UNION ALL
SELECT d.id, l.kind, l.queue, 'succeeded', ~d.prio, d.attempt, d.crashes, to_timestamp(d.enqueued_at / 1e6), NULL, NULL,
    to_timestamp(d.finished_at / 1e6), NULL, 0, NULL, NULL, NULL, roost.readable(d.output)
FROM roost.done d JOIN roost.lanes l ON l.id = d.lane;

-- What happened in each minute, by queue and kind.
CREATE VIEW roost.minutes AS
SELECT to_timestamp(m.minute * 60) AS minute, l.queue, l.kind, sum(m.enqueued) AS enqueued, sum(m.succeeded) AS succeeded,
    sum(m.failed) AS failed, sum(m.retried) AS retried, sum(m.crashed) AS crashed, sum(m.cancelled) AS cancelled,
    sum(m.expired) AS expired, sum(m.skipped) AS skipped
FROM roost.minute m JOIN roost.lanes l ON l.id = m.lane GROUP BY 1, 2, 3;

-- A job as the store reads it, from either table.
CREATE VIEW roost.row AS
SELECT j.id, j.lane, j.state, j.prio, j.attempt, j.failures, j.crashes, j.claims, j.graph, j.token, l.worker, j.cancel, j.open,
    j.enqueued_at, j.due, j.ready_at, j.expires, j.started_at, j.finished_at, j.codec, j.key_id, j.payload, j.headers, c.name AS client,
    NULL::bytea AS output, j.failure
FROM roost.job j LEFT JOIN roost.lease l ON l.token = j.token LEFT JOIN roost.client c ON c.id = j.client
UNION ALL
SELECT d.id, d.lane, 5::smallint, d.prio, d.attempt, d.failures, d.crashes, d.claims, d.graph, 0, NULL, false, 0, d.enqueued_at, NULL,
    NULL, d.expires, d.started_at, d.finished_at, 0, 0, NULL, d.headers, c.name, d.output, NULL
FROM roost.done d LEFT JOIN roost.client c ON c.id = d.client;
