#!/usr/bin/env python3
"""Measures Procrastinate as the Swift harness measures Roost, and prints one line: `result {json}`.

Usage: bench_procrastinate.py enqueue|enqueue-many|drain --url URL [--jobs N] [--concurrency N] [--no-uvloop]

URL is that of an empty Postgres. Jobs are no-ops, on its asynchronous connector (psycopg); jobs that ended stay, as they do by
default. A drain ends with the last body. Times are of time.monotonic(), which is one clock for all processes of a machine.
"""
import argparse
import asyncio
import json
import logging
import sys
import time
from importlib.metadata import version

import procrastinate


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=["versions", "enqueue", "enqueue-many", "drain"])
    parser.add_argument("--url")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--no-uvloop", action="store_true", help="Python's own event loop")
    return parser.parse_args()


async def count(app, status):
    found = await app.connector.execute_query_one_async(
        "SELECT count(*) AS number FROM procrastinate_jobs WHERE status = %(status)s", status=status
    )
    return found["number"]


async def fill(task, number):
    while number > 0:
        size = min(number, 1000)
        await task.batch_defer_async(*[{}] * size)
        number -= size


async def main():
    # A connection for each job that runs, and those of the worker itself.
    pool = {"min_size": options.concurrency + 2, "max_size": options.concurrency + 2}
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=options.url, **pool))
    ran, end = 0, 0.0

    @app.task(name="noop")
    async def noop():
        nonlocal ran, end
        ran += 1
        if ran == options.jobs:
            end = time.monotonic()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        start = time.monotonic()
        if options.case == "enqueue":
            for _ in range(options.jobs):
                await noop.defer_async()
        else:
            await fill(noop, options.jobs)
        elapsed = time.monotonic() - start
        assert await count(app, "todo") == options.jobs
        if options.case == "drain":
            start = time.monotonic()
            working = app.run_worker_async(
                concurrency=options.concurrency, wait=False, install_signal_handlers=False
            )
            await asyncio.wait_for(working, 120)
            elapsed = end - start
            assert await count(app, "succeeded") == options.jobs
    return {"jobs_per_second": options.jobs / elapsed}


options = parse()
# It warns that its app is in the main module, which matters to worker processes that find it by name.
logging.getLogger("procrastinate").setLevel(logging.ERROR)
if options.case == "versions":
    parts = f"psycopg {version('psycopg')}, uvloop {version('uvloop')}"
    print(f"{version('procrastinate')} with {parts} on Python {sys.version.split()[0]}")
else:
    if options.no_uvloop:
        result = asyncio.run(main())
    else:
        import uvloop

        result = uvloop.run(main())
    print("result " + json.dumps(result), flush=True)
