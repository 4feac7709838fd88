#!/usr/bin/env python3
"""Measures PgQueuer as the Swift harness measures Roost, and prints one line: `result {json}`.

Usage: bench_pgqueuer.py enqueue|enqueue-many|drain --url URL [--jobs N] [--driver asyncpg|pool|psycopg] ...

URL is that of an empty Postgres. Jobs are no-ops; its tables are as `pgq install` makes them, which is durable. A drain ends
with the last body, although its last row is settled a little later. Times are of time.monotonic(), which is one clock for all
processes of a machine.
"""
import argparse
import asyncio
import json
import logging
import sys
import time
from importlib.metadata import version

from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver, PsycopgDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=["versions", "enqueue", "enqueue-many", "drain"])
    parser.add_argument("--url")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--driver", choices=["asyncpg", "pool", "psycopg"], default="asyncpg")
    parser.add_argument("--consumers", type=int, default=1, help="how many of its queue managers run in this process")
    parser.add_argument("--batch", type=int, default=100, help="jobs that a queue manager takes and ends at once")
    parser.add_argument("--no-uvloop", action="store_true", help="Python's own event loop")
    return parser.parse_args()


async def connect():
    if options.driver == "psycopg":
        import psycopg

        return PsycopgDriver(await psycopg.AsyncConnection.connect(options.url, autocommit=True))
    import asyncpg

    if options.driver == "pool":
        return AsyncpgPoolDriver(await asyncpg.create_pool(options.url))
    return AsyncpgDriver(await asyncpg.connect(options.url))


async def fill(queries, count):
    """1,000 a call, as its own benchmark does it, of that size."""
    while count > 0:
        size = min(count, 1000)
        await queries.enqueue(["noop"] * size, [b"{}"] * size, [0] * size)
        count -= size


async def size(queries):
    return sum(one.count for one in await queries.queue_size())


async def enqueue(queries):
    start = time.monotonic()
    for _ in range(options.jobs):
        await queries.enqueue("noop", b"{}")
    elapsed = time.monotonic() - start
    assert await size(queries) == options.jobs
    return {"jobs_per_second": options.jobs / elapsed}


async def enqueue_many(queries):
    start = time.monotonic()
    await fill(queries, options.jobs)
    elapsed = time.monotonic() - start
    assert await size(queries) == options.jobs
    return {"jobs_per_second": options.jobs / elapsed}


async def drain(queries):
    await fill(queries, options.jobs)
    assert await size(queries) == options.jobs
    ran, end = 0, 0.0
    managers = [PgQueuer(await connect()) for _ in range(options.consumers)]
    for manager in managers:

        @manager.entrypoint("noop")
        async def noop(job):
            nonlocal ran, end
            ran += 1
            if ran == options.jobs:
                end = time.monotonic()

    start = time.monotonic()
    runs = [one.run(batch_size=options.batch, mode=QueueExecutionMode.drain) for one in managers]
    await asyncio.wait_for(asyncio.gather(*runs), 120)
    assert ran == options.jobs, ran
    assert await size(queries) == 0
    return {"jobs_per_second": options.jobs / (end - start)}


async def main():
    queries = Queries(await connect())
    await queries.install()
    return await {"enqueue": enqueue, "enqueue-many": enqueue_many, "drain": drain}[options.case](queries)


options = parse()
logging.getLogger("pgqueuer").setLevel(logging.WARNING)
if options.case == "versions":
    parts = [f"{name} {version(name)}" for name in ("asyncpg", "psycopg", "uvloop")]
    print(f"{version('pgqueuer')} with {', '.join(parts)} on Python {sys.version.split()[0]}")
else:
    if options.no_uvloop:
        result = asyncio.run(main())
    else:
        import uvloop

        result = uvloop.run(main())
    print("result " + json.dumps(result), flush=True)
