#!/usr/bin/env python3
"""Measures Huey as the Swift harness measures Roost, and prints one line: `result {json}`.

Usage: bench_huey.py CASE --store memory|sqlite|redis|postgres [--file FILE | --url URL] [--jobs N] ...

Jobs are no-ops that return nothing, so that Huey stores no result for them; SQLite runs with fsync=True, which is
`PRAGMA synchronous = FULL`. On Redis its workers wait by BRPOP, and its clients for a result by BLPOP (notify_result):
neither polls. On Postgres it has two storages: its own, whose workers wait by LISTEN, and `peewee`, which polls. Times are of
time.monotonic(), which is one clock for all processes of a machine.
"""
import sys

if "greenlet" in sys.argv:  # Before anything else is imported, as Huey's documentation asks.
    from gevent import monkey

    monkey.patch_all()

import argparse
import json
import logging
import multiprocessing
import os
import resource
import subprocess
import threading
import time

from huey import CySqliteHuey, MemoryHuey, PostgresHuey, RedisHuey, SqliteHuey

logging.getLogger("huey").setLevel(logging.WARNING)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=["enqueue", "drain", "latency", "across", "consume", "idle"])
    parser.add_argument("--store", choices=["memory", "sqlite", "cysqlite", "redis", "postgres", "peewee"], required=True)
    parser.add_argument("--file", help="the database; it must not exist yet, but for `consume`")
    parser.add_argument("--url", help="of an empty server")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--worker", choices=["thread", "process", "greenlet"], default="thread")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.1, help="the consumer's -d, and its -m: no backoff")
    parser.add_argument("--pause", type=float, default=0.005, help="seconds between samples of a latency")
    parser.add_argument("--seconds", type=float, default=4.0)
    return parser.parse_args()


options = parse()
if options.store == "memory":
    huey = MemoryHuey()
elif options.store == "redis":
    huey = RedisHuey(url=options.url, blocking=True, notify_result=True)
elif options.store == "postgres":
    huey = PostgresHuey(dsn=options.url)
elif options.store == "peewee":
    from huey.contrib.sql_huey import SqlHuey

    huey = SqlHuey(database=options.url)
else:
    huey = (SqliteHuey if options.store == "sqlite" else CySqliteHuey)(filename=options.file, fsync=True)

if options.store in ("sqlite", "cysqlite"):
    # 2 is FULL; Huey asks for WAL by default.
    pragmas = [huey.storage.sql(f"pragma {name}", results=True)[0][0] for name in ("synchronous", "journal_mode")]
    assert pragmas == [2, "wal"], pragmas
    huey.storage.close()

# Shared with worker processes, which are forked.
ran = multiprocessing.Value("q", 0)


@huey.task()
def noop():
    with ran.get_lock():
        ran.value += 1


@huey.task()
def now():
    return time.monotonic()


def consumer():
    # Backoff 1 and max_delay as delay: the shortest sleep that `delay` allows, always.
    return huey.create_consumer(
        workers=options.workers,
        worker_type=options.worker,
        initial_delay=options.delay,
        backoff=1,
        max_delay=options.delay,
        periodic=False,
        check_worker_health=False,
    )


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def enqueue():
    start = time.monotonic()
    for _ in range(options.jobs):
        noop()
    elapsed = time.monotonic() - start
    assert huey.pending_count() == options.jobs
    return {"jobs_per_second": options.jobs / elapsed}


def fill_many():
    """Puts the jobs in by one transaction, or 1,000 a call: to wait for a commit of each would only take time."""
    if options.store == "memory":
        for _ in range(options.jobs):
            noop()
        return
    if options.store == "redis":
        left = options.jobs
        while left > 0:
            count = min(left, 1000)
            huey.storage.conn.lpush(huey.storage.queue_key, *[huey.serialize_task(noop.s()) for _ in range(count)])
            left -= count
        return
    rows = [(huey.name, huey.serialize_task(noop.s()), 0) for _ in range(options.jobs)]
    if options.store == "peewee":
        task = huey.storage.Task
        with huey.storage.atomic():
            for first in range(0, len(rows), 1000):
                task.insert_many(rows[first : first + 1000], [task.queue, task.data, task.priority]).execute()
        return
    if options.store == "postgres":
        with huey.storage.db(commit=True) as cursor:
            cursor.executemany(
                f"insert into {huey.storage.table_task} (queue, data, priority) values (%s, %s, %s)", rows
            )
        return
    with huey.storage.db(commit=True) as cursor:
        cursor.executemany("insert into task (queue, data, priority) values (?, ?, ?)", rows)
    huey.storage.close()


def drain():
    fill_many()
    assert huey.pending_count() == options.jobs
    if options.store == "redis":
        huey.storage.pool.disconnect()  # Worker processes are forked, and must not share a connection.
    else:
        huey.storage.close()
    working = consumer()
    start = time.monotonic()
    working.start()
    while ran.value < options.jobs:
        time.sleep(0.001)
        if time.monotonic() - start > 120:
            raise SystemExit("the drain did not end in two minutes")
    elapsed = time.monotonic() - start
    working.stop(graceful=True)
    assert huey.pending_count() == 0
    return {"jobs_per_second": options.jobs / elapsed}


def sample(count):
    starts, results = [], []
    for _ in range(count):
        time.sleep(options.pause)
        called = time.monotonic()
        result = now()
        returned = time.monotonic()
        # The shortest wait that Huey's own get allows: its first sleep is 50 ms, but never above max_delay.
        started = result.get(blocking=True, backoff=1, max_delay=0.001)
        results.append(time.monotonic() - called)
        starts.append(max(0.0, started - returned))
    return {
        "start_p50": percentile(starts, 0.5),
        "start_p99": percentile(starts, 0.99),
        "result_p50": percentile(results, 0.5),
        "result_p99": percentile(results, 0.99),
    }


def latency():
    working = consumer()
    working.start()
    time.sleep(0.3)
    try:
        return sample(options.jobs)
    finally:
        working.stop(graceful=True)


def across():
    command = [sys.executable, os.path.abspath(__file__), "consume"]
    for name in ("store", "file", "url", "worker", "workers", "delay"):
        if getattr(options, name) is not None:
            command += [f"--{name}", str(getattr(options, name))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(0.3)
    try:
        return sample(options.jobs)
    finally:
        process.stdin.close()
        process.wait(20)


def consume():
    working = consumer()
    working.start()
    print("ready", flush=True)
    sys.stdin.read()
    working.stop(graceful=True)


def idle():
    working = consumer()
    working.start()
    time.sleep(0.5)
    before = cpu()
    # Not a sleep of the main thread alone: that of the consumer's own loop costs next to nothing too.
    threading.Event().wait(options.seconds)
    used = cpu() - before
    working.stop(graceful=True)
    return {"core_share": used / options.seconds}


result = {"enqueue": enqueue, "drain": drain, "latency": latency, "across": across, "consume": consume, "idle": idle}[
    options.case
]()
if result is not None:
    print("result " + json.dumps(result), flush=True)
