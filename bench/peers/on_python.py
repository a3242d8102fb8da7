"""asyncio, on its own loop or on uvloop.

on_python.py asyncio|uvloop ROW OPERATIONS WARM_UP ENOUGH prints {"median": ns, "fast": ns} of a row of bench/programs;
WARM_UP and ENOUGH are milliseconds.
on_python.py asyncio|uvloop every runs each row once.
on_python.py asyncio|uvloop asleep COUNT prints what so many sleeping tasks cost.
"""
import asyncio
import gc
import json
import sys
import time

MANY, AT_ONCE = 1_000, 8


async def switch(operations):
    async def turns():
        for _ in range(operations // MANY):
            await asyncio.sleep(0)

    for task in [asyncio.create_task(turns()) for _ in range(MANY)]:
        await task


async def hand_off(operations):
    loop = asyncio.get_running_loop()
    there, back = loop.create_future(), loop.create_future()

    async def other():
        nonlocal there
        for _ in range(operations // 2):
            await there
            there = loop.create_future()
            back.set_result(None)

    task = asyncio.create_task(other())
    for _ in range(operations // 2):
        there.set_result(None)
        await back
        back = loop.create_future()
    await task


async def create(operations):
    async def one():
        return 1

    for _ in range(operations):
        await asyncio.create_task(one())


async def queue(operations):
    there, back = asyncio.Queue(), asyncio.Queue()

    async def other():
        for _ in range(operations // 2):
            await back.put(await there.get())

    task = asyncio.create_task(other())
    for i in range(operations // 2):
        await there.put(i)
        await back.get()
    await task


async def lock(operations):
    one = asyncio.Lock()
    for _ in range(operations):
        await one.acquire()
        one.release()


async def cancel(operations):
    ended = 0

    async def parked():
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    tasks = [asyncio.create_task(parked()) for _ in range(operations)]
    await asyncio.sleep(0)
    start = time.perf_counter()
    for task in tasks:
        task.cancel()
    while ended < operations:
        await asyncio.sleep(0)
    return time.perf_counter() - start


async def jobs(operations):
    places = asyncio.Semaphore(AT_ONCE)

    async def job():
        async with places:
            await asyncio.sleep(0)

    for task in [asyncio.create_task(job()) for _ in range(operations)]:
        await task


ROWS = {
    "switch-1000": switch,
    "hand-off": hand_off,
    "create": create,
    "queue": queue,
    "lock": lock,
    "cancel": cancel,
    "jobs": jobs,
}


async def measure(row, operations, warm_up, enough):
    program = ROWS[row]

    async def during(milliseconds):
        samples = []
        begin = time.perf_counter()
        while len(samples) < 3 or (time.perf_counter() - begin) * 1e3 < milliseconds:
            start = time.perf_counter()
            part = await program(operations)
            took = time.perf_counter() - start if part is None else part
            samples.append(took * 1e9 / operations)
        return sorted(samples)

    await during(warm_up)
    samples = await during(enough)
    return {"median": samples[len(samples) // 2], "fast": samples[len(samples) // 10]}


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


async def asleep(count):
    gc.collect()
    before = resident()
    start = time.perf_counter()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    made = (time.perf_counter() - start) * 1e3
    rss = resident()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"made": made, "bytes": (rss - before) / count, "rss": rss, "left": len(asyncio.all_tasks()) - 1}


async def every():
    for program in ROWS.values():
        await program(MANY)
    await asleep(10)


async def main():
    _, _, row, *rest = sys.argv
    if row == "every":
        return await every()
    figures = asleep(int(rest[0])) if row == "asleep" else measure(row, *map(int, rest))
    print(json.dumps(await figures))


if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
